package concierge.server.refusal;

/** The stable codes of the API's problems, with the HTTP status each comes with. */
public enum Code {
    badRequest("bad-request", 400),
    unauthorized("unauthorized", 401),
    forbidden("forbidden", 403),
    notFound("not-found", 404),
    secretsLocked("secrets-locked", 409),
    methodNotAllowed("method-not-allowed", 405),
    conflict("conflict", 409),
    deploymentUnderWay("deployment-under-way", 409),
    diskFull("disk-full", 507),
    tooLarge("too-large", 413),
    badStackFile("bad-stack-file", 422),
    blobsMissing("blobs-missing", 424),
    buildFailed("build-failed", 422),
    pushFailed("push-failed", 422),
    internal("internal", 500),
    busy("busy", 503),
    engineUnavailable("engine-unavailable", 503),
    storeUnavailable("store-unavailable", 503);

    private final String text;
    private final int status;

    Code(String text, int status) {
        this.text = text;
        this.status = status;
    }

    String text() {
        return text;
    }

    public int status() {
        return status;
    }
}
