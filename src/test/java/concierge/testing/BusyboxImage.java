package concierge.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** Makes {@code busybox:stable} from the machine's static busybox: no registry is needed. */
final class BusyboxImage {
    private static final Path BUSYBOX = Path.of("/bin/busybox");

    /** Every name that the tests' scripts call, and those of an ordinary shell script. */
    private static final List<String> APPLETS = List.of(
            "sh", "cat", "echo", "sleep", "ls", "id", "env", "hostname", "kill", "ps", "grep", "head", "tail", "wc", "nc",
            "wget", "httpd", "nslookup", "ip", "true", "false", "dd", "touch", "mkdir", "rm", "mount", "date", "pwd", "stty",
            "sed", "awk", "cut", "tr", "seq", "printf", "test", "chmod", "chown", "ln", "mv", "cp", "find", "xargs", "yes",
            "sort", "uniq", "basename", "dirname", "df", "du", "free", "ping", "readlink", "tee", "timeout", "top", "uname",
            "vi", "which", "whoami", "nproc", "ulimit", "trap", "wait");

    private BusyboxImage() {}

    static void make(RawDocker engine) throws IOException {
        engine.call("POST", "/images/create?fromSrc=-&repo=busybox&tag=stable&changes=CMD%20%5B%22sh%22%5D", tar(), "application/x-tar").ok();
    }

    private static byte[] tar() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            file(tar, "bin/busybox", Files.readAllBytes(BUSYBOX), 0755);
            for (String applet : APPLETS) link(tar, "bin/" + applet);
            file(tar, "etc/passwd", text("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/tmp:/bin/sh\n"), 0644);
            file(tar, "etc/group", text("root:x:0:\nnobody:x:65534:\n"), 0644);
            folder(tar, "tmp/", 01777);
            folder(tar, "root/", 0700);
        }
        return bytes.toByteArray();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static void file(TarArchiveOutputStream tar, String name, byte[] content, int mode) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(content.length);
        entry.setMode(mode);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }

    private static void link(TarArchiveOutputStream tar, String name) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
        entry.setLinkName("busybox");
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
    }

    private static void folder(TarArchiveOutputStream tar, String name, int mode) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setMode(mode);
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
    }
}
