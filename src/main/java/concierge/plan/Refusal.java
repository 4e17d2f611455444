package concierge.plan;

import concierge.model.Amounts;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import java.util.List;
import java.util.Optional;

/** Why one host cannot take one more instance: the first of the checks that failed, in this order. */
public sealed interface Refusal {
    /** For people, lower case; fits behind a number of hosts: {@code 2 away}. */
    String text();

    /** Whether it lasts until somebody makes room; else the host or its engine may be back in a moment. */
    default boolean lasts() {
        return true;
    }

    /** The same about one host: fits behind its name and a comma. */
    default String clause() {
        return "which is " + text();
    }

    /** Its lease is gone: nobody there to start anything. */
    record Away() implements Refusal {
        @Override
        public boolean lasts() {
            return false;
        }

        @Override
        public String text() {
            return "away";
        }
    }

    /** Away for so long that the leader gave it up. */
    record Lost() implements Refusal {
        @Override
        public boolean lasts() {
            return false;
        }

        @Override
        public String text() {
            return "lost";
        }
    }

    record Cordoned() implements Refusal {
        @Override
        public String text() {
            return "cordoned";
        }
    }

    /** None of the executors that the service allows is there now. */
    record NoExecutor(List<ExecutorKind> allowed) implements Refusal {
        @Override
        public boolean lasts() {
            return false;
        }

        @Override
        public String text() {
            return "without " + String.join(" or ", allowed.stream().map(ExecutorKind::name).toList());
        }
    }

    record NoTag(String tag) implements Refusal {
        @Override
        public String text() {
            return "without tag " + tag;
        }
    }

    /** @param millis what is needed, in thousandths of a CPU */
    record ShortOfCpu(long millis) implements Refusal {
        @Override
        public String text() {
            return "short of CPU (need " + Amounts.cpu(millis) + ")";
        }
    }

    /** @param bytes what is needed */
    record ShortOfMemory(long bytes) implements Refusal {
        @Override
        public String text() {
            return "short of memory (need " + Amounts.memory(bytes) + ")";
        }
    }

    /** The service's instances never share a host. */
    record HasOne() implements Refusal {
        @Override
        public String text() {
            return "with an instance of it already";
        }

        @Override
        public String clause() {
            return "which has an instance of it already";
        }
    }

    /**
     * @param port {@code 8080/tcp}
     * @param by empty where several hosts are counted together
     */
    record PortTaken(String port, Optional<InstanceId> by) implements Refusal {
        @Override
        public String text() {
            return "with port " + port + " taken" + by.map(holder -> " by " + holder).orElse("");
        }

        @Override
        public String clause() {
            return "where port " + port + " is taken" + by.map(holder -> " by " + holder).orElse("");
        }
    }

    /** @param path of a volume inside the container, that another version uses */
    record VolumeTaken(String path, InstanceId by) implements Refusal {
        @Override
        public String text() {
            return "with volume " + path + " used by " + by;
        }

        @Override
        public String clause() {
            return "where its volume " + path + " is used by " + by;
        }
    }
}
