package concierge.server.deploy;

import concierge.model.Digest;
import concierge.model.Names;
import concierge.model.Parsed;
import concierge.model.Problem;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.View;
import concierge.server.answer.Shown;
import concierge.server.content.Blobs;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.source.stackfile.StackFile;
import concierge.source.stackfile.StackService;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A stack file that was submitted, understood, and fits what is deployed already. */
record Submission(
        DeployRequest.File source, StackFile file, String tag, boolean beside, Optional<Digest> context, Map<String, Digest> sites,
        boolean noCache, List<Problem> warnings) {

    /** @throws Refusal with every problem of the file at once */
    static Parsed.Good<StackFile> parse(DeployRequest.File source) {
        return switch (StackFile.parse(source.name(), source.text())) {
            case Parsed.Good<StackFile> good -> good;
            case Parsed.Bad<StackFile> bad -> throw bad(bad.problems());
        };
    }

    static Refusal bad(List<Problem> problems) {
        String count = problems.size() == 1 ? "an error" : problems.size() + " errors";
        return Refusal.problems(Code.badStackFile, "the stack file has " + count, problems);
    }

    /** Checks a request against what is deployed and uploaded. */
    static Submission of(DeployRequest request, View view, Blobs blobs) {
        DeployRequest.File source =
                request.file().orElseThrow(() -> Refusal.of(Code.badRequest, "file: absent (expected: a stack file's name and text)", ""));
        Parsed.Good<StackFile> parsed = parse(source);
        StackFile file = parsed.value();
        String tag = request.tag().orElse(Names.DEFAULT_TAG);
        if (!Names.isPart(tag) || tag.equals(Names.STATIC_TAG)) {
            throw Refusal.of(Code.badRequest, "tag: " + tag + " (expected: 1 to 63 letters, digits, _ . or -, and not " + Names.STATIC_TAG + ")", "");
        }
        Submission submission = new Submission(
                source, file, tag, request.beside(), request.contextDigest(), request.siteDigests(), request.noCache(), parsed.warnings());
        submission.requireFits(view);
        submission.requireBlobs(blobs);
        return submission;
    }

    /** What only one stack can have, a name or a domain, is not another's; and the stacks that it requires are there. */
    void requireFits(View view) {
        List<Problem> problems = new ArrayList<>();
        requireStacks(file, view, problems);
        requireOwnName(file, view, problems);
        requireFreeDomains(file, view, problems);
        if (!problems.isEmpty()) throw Refusal.problems(Code.conflict, "the stack does not fit what is deployed", problems);
    }

    /** The stack file's name in its folder, whatever path the client knows it by. */
    String fileName() {
        return source.name().substring(source.name().lastIndexOf('/') + 1);
    }

    private static void requireStacks(StackFile file, View view, List<Problem> problems) {
        for (String needed : file.require()) {
            if (view.stacks().find(needed) != null) continue;
            problems.add(Problem.of("stack-required", "require: " + needed + " is not deployed", "deploy " + needed + " first").at(file.places().of("require." + needed)));
        }
    }

    private static void requireOwnName(StackFile file, View view, List<Problem> problems) {
        for (String other : Shown.stackNames(view)) {
            if (other.equals(file.name()) || !Names.dns(other).equals(Names.dns(file.name()))) continue;
            problems.add(Problem.of(
                    "name-collision", "name: " + file.name() + " and the deployed stack " + other + " are both " + Names.dns(other) + " in container names",
                    "choose another name").at(file.places().of("name")));
        }
    }

    private static void requireFreeDomains(StackFile file, View view, List<Problem> problems) {
        Map<String, String> claimed = new TreeMap<>();
        for (ServiceView service : Shown.services(view, id -> !id.stack().equals(file.name()))) {
            if (service.intent().isEmpty()) continue;
            for (String domain : service.spec().map(ServiceSpec::domains).orElse(List.of())) {
                claimed.put(domain.toLowerCase(Locale.ROOT), service.id().stack());
            }
        }
        for (StackService service : file.services()) {
            for (String domain : service.draft().domains()) {
                String other = claimed.get(domain.toLowerCase(Locale.ROOT));
                if (other == null) continue;
                problems.add(Problem.of("domain-taken", "deploy." + service.name() + ".domains: " + domain + " belongs to stack " + other,
                        "take it out of one of the two").at(service.places().of("domains." + domain)));
            }
        }
    }

    private void requireBlobs(Blobs blobs) {
        List<Problem> missing = new ArrayList<>();
        if (!file.builds().isEmpty() && context.map(digest -> !blobs.has(digest)).orElse(true)) {
            missing.add(missing("the build context", context));
        }
        for (String site : file.sites()) {
            Optional<Digest> digest = Optional.ofNullable(sites.get(site));
            if (digest.map(it -> !blobs.has(it)).orElse(true)) missing.add(missing("site " + site, digest));
        }
        if (!missing.isEmpty()) throw Refusal.problems(Code.blobsMissing, "not everything was uploaded", missing);
    }

    private static Problem missing(String what, Optional<Digest> digest) {
        String text = what + (digest.isEmpty() ? " has no digest" : " (" + digest.get().hex() + ") is not here");
        return Problem.of("blobs-missing", text, "PUT it to /v1/blobs/<digest>, then ask again");
    }
}
