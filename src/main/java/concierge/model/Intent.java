package concierge.model;

/**
 * What should run, as the API writes it under {@code /proc/<stack>/<tag>/<service>}.
 *
 * @param spec digest of the {@link ServiceSpec}
 * @param scale how many, from the file
 * @param override how many, by hand; -1 where nobody said; it wins over {@code scale}
 * @param stopped wanted, but not now ({@code concierge stop})
 * @param epoch counts up with each {@code restart}: instances of an older epoch are replaced
 * @param deployment the deployment that wrote the spec last
 */
public record Intent(Digest spec, int scale, int override, boolean stopped, long epoch, String deployment, RunKind kind) {
    public static final int NO_OVERRIDE = -1;

    /** More instances than this of one service are refused: a slip of the keyboard, not a wish. */
    public static final int MAX_SCALE = 100_000;

    public Intent {
        Check.that(scale >= 0 && scale <= MAX_SCALE, scale, "scale", "0 to " + MAX_SCALE);
        Check.that(override >= NO_OVERRIDE && override <= MAX_SCALE, override, "scale", "0 to " + MAX_SCALE);
    }

    public static Intent of(Digest spec, int scale, String deployment) {
        return new Intent(spec, scale, NO_OVERRIDE, false, 0, deployment, RunKind.FOREVER);
    }

    /** How many instances should run now. */
    public int wanted() {
        if (stopped) return 0;
        return override == NO_OVERRIDE ? scale : override;
    }

    public Intent withSpec(Digest spec, int scale, String deployment) {
        int kept = scale == this.scale ? override : NO_OVERRIDE;
        return new Intent(spec, scale, kept, stopped, epoch, deployment, kind);
    }

    public Intent withOverride(int override) {
        return new Intent(spec, scale, override, stopped, epoch, deployment, kind);
    }

    public Intent withStopped(boolean stopped) {
        return new Intent(spec, scale, override, stopped, epoch, deployment, kind);
    }

    public Intent nextEpoch() {
        return new Intent(spec, scale, override, stopped, epoch + 1, deployment, kind);
    }
}
