package concierge.server.deploy;

import concierge.model.Digest;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The body of plan, build and deploy.
 *
 * @param context digest of the uploaded build context
 * @param sites digest of each uploaded site folder, by the path that the file names
 * @param push registry and path to push built images to; only for build
 */
record DeployRequest(
        Optional<File> file,
        Optional<String> tag,
        boolean beside,
        Optional<String> context,
        Map<String, String> sites,
        boolean noCache,
        Optional<String> push) {
    DeployRequest {
        sites = sites == null ? Map.of() : Map.copyOf(sites);
    }

    /** @param name as it is shown in problems */
    record File(String name, String text) {
        File {
            if (name == null || name.isBlank()) throw new IllegalArgumentException("file name: absent (expected: viking.yml, say)");
            if (text == null) throw new IllegalArgumentException("file text: absent (expected: the stack file)");
        }
    }

    Optional<Digest> contextDigest() {
        return context.map(text -> digest("context", text));
    }

    Map<String, Digest> siteDigests() {
        Map<String, Digest> digests = new TreeMap<>();
        sites.forEach((path, text) -> digests.put(path, digest("sites." + path, text)));
        return digests;
    }

    private static Digest digest(String what, String text) {
        try {
            return new Digest(text);
        } catch (IllegalArgumentException e) {
            throw Refusal.of(Code.badRequest, what + ": " + e.getMessage(), "upload the content to /v1/blobs/<digest> first");
        }
    }
}
