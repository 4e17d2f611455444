package concierge.cli.deploy;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.client.Problems;
import concierge.cli.command.StackFile;
import concierge.json.JsonTree;
import concierge.model.Digest;
import concierge.model.Names;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** A stack file and what it needs, checked and uploaded: the body of plan, build and deploy. */
final class Submission {
    private final StackFile file;

    Submission(StackFile file) {
        this.file = file;
    }

    /** Shows warnings; fails with every problem of the file before anything is uploaded. */
    Map<String, Object> body(Api api, Rollout rollout, String tag, boolean beside, boolean noCache) {
        rollout.brief("checking " + file.shown());
        JsonTree checked = checked(api);
        for (JsonTree warning : checked.path("warnings").values()) rollout.warning(Problems.one(warning, "message"));
        Uploads uploads = new Uploads(api, rollout);
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("file", file.body());
        body.put("tag", tag(tag));
        body.put("beside", beside);
        body.put("noCache", noCache);
        boolean builds = !checked.path("builds").isEmpty();
        if (builds) body.put("context", uploads.context(file.folder()).hex());
        Map<String, String> roots = new TreeMap<>();
        for (JsonTree site : checked.path("sites").values()) {
            String name = site.asString("");
            Digest digest = uploads.site(name, file.folder().resolve(name).normalize());
            roots.put(name, digest.hex());
        }
        body.put("sites", roots);
        return body;
    }

    private JsonTree checked(Api api) {
        try {
            return api.post("/v1/stackfile/check", file.body());
        } catch (Failure failure) {
            // A file with mistakes is the person's to mend, as a wrong option is.
            boolean here = failure.problems().stream().anyMatch(problem -> problem.location().isPresent());
            throw here ? new Failure(Exit.USAGE, failure.problems()) : failure;
        }
    }

    private String tag(String tag) {
        if (!tag.equals("git")) return tag.isEmpty() ? Names.DEFAULT_TAG : tag;
        try {
            Process git = new ProcessBuilder("git", "-C", file.folder().toString(), "rev-parse", "--short", "HEAD")
                    .redirectError(ProcessBuilder.Redirect.DISCARD).start();
            String commit = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (git.waitFor() == 0 && Names.isPart(commit)) return commit;
        } catch (IOException e) {
            throw new Failure(Exit.FAILED, "--tag git: cannot run git: " + e.getMessage(), "name the tag yourself");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new Failure(Exit.USAGE, "--tag git: " + file.folder() + " is in no git repository with a commit", "name the tag yourself");
    }
}
