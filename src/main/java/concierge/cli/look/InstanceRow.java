package concierge.cli.look;

import concierge.cli.terminal.Ink;
import concierge.json.JsonTree;
import concierge.model.Names;
import java.util.ArrayList;
import java.util.List;

/** An instance as the API tells it, and how it is shown. */
public record InstanceRow(JsonTree node) {
    public String stack() {
        return node.path("stack").asString("");
    }

    public String tag() {
        return node.path("tag").asString("");
    }

    public String service() {
        return node.path("service").asString("");
    }

    public int n() {
        return node.path("n").asInt(0);
    }

    public String path() {
        return node.path("instance").asString("");
    }

    public String state() {
        return node.path("state").asString("");
    }

    String host() {
        return node.path("host").asString("");
    }

    String executor() {
        return node.path("executor").asString("");
    }

    public String reason() {
        return node.path("reason").asString("");
    }

    String since() {
        return node.path("since").asString("");
    }

    int restarts() {
        return node.path("restarts").asInt(0);
    }

    public boolean crashing() {
        return node.path("crashing").asBoolean(false);
    }

    public boolean isFinal() {
        return switch (state()) {
            case "stopped", "failed", "lost", "completed" -> true;
            default -> false;
        };
    }

    public boolean runs() {
        return state().equals("ready") || state().equals("running");
    }

    /** It was given up before there was a container: no image, or one that cannot be started. */
    public boolean neverRan() {
        return isFinal() && node.path("container").asString("").isEmpty();
    }

    /** Its command has been started, and may have ended. */
    public boolean began() {
        return runs() || isFinal() || state().equals("stopping");
    }

    /** Fit to be typed again: without the tag where everybody leaves it out. */
    public String name() {
        boolean usual = tag().equals(Names.DEFAULT_TAG) || tag().equals(Names.STATIC_TAG);
        return stack() + "/" + (usual ? "" : tag() + "/") + service() + (n() > 0 ? "/" + n() : "");
    }

    public String shownState() {
        return sign() + " " + (crashing() ? "crashing" : state());
    }

    public Ink ink() {
        if (crashing()) return Ink.red;
        return switch (state()) {
            case "ready" -> Ink.green;
            case "running", "completed" -> Ink.cyan;
            case "failed", "lost" -> Ink.red;
            case "stopped" -> Ink.faint;
            default -> Ink.yellow;
        };
    }

    /** So that states can be told apart without colours. */
    private String sign() {
        if (crashing()) return "↻";
        return switch (state()) {
            case "ready" -> "●";
            case "completed" -> "✓";
            case "failed", "lost" -> "✗";
            case "stopped", "pending" -> "○";
            default -> "◐";
        };
    }

    /** URLs where the service has some, else where its ports can be reached. */
    List<String> addresses() {
        List<String> found = new ArrayList<>();
        for (JsonTree url : node.path("urls").values()) found.add(url.asString(""));
        if (found.isEmpty()) {
            node.path("ports").properties().forEach(port -> found.add(port.getValue().asString("") + "→" + port.getKey().replace("/tcp", "")));
        }
        return found;
    }

    /** Why it stands as it does, where that is not plain. */
    public String note() {
        List<String> parts = new ArrayList<>();
        // Also of a ready one: its engine may be away.
        if (!reason().isEmpty()) parts.add(reason());
        JsonTree exit = node.path("exitCode");
        if (exit.asInt(0) != 0 && !state().equals("ready") && !reason().contains("exit")) parts.add("exit code " + exit.asInt(0));
        if (node.path("oomKilled").asBoolean(false) && !reason().contains("memory")) parts.add("out of memory");
        if (restarts() > 0) parts.add(restarts() == 1 ? "1 restart" : restarts() + " restarts");
        return String.join("; ", parts);
    }

    public List<String> lastLog() {
        List<String> lines = new ArrayList<>();
        for (JsonTree line : node.path("lastLog").values()) lines.add(line.isObject() ? line.path("text").asString("") : line.asString(""));
        return lines;
    }
}
