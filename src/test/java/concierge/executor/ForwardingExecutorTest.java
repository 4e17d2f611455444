package concierge.executor;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ForwardingExecutorTest {
    /** A question with an answer of its own in the interface would be answered there, and never asked. */
    @Test
    void everyQuestionIsForwarded() {
        List<String> missing = new ArrayList<>();
        for (Method question : Executor.class.getDeclaredMethods()) {
            if (question.isSynthetic()) continue;
            try {
                ForwardingExecutor.class.getDeclaredMethod(question.getName(), question.getParameterTypes());
            } catch (NoSuchMethodException _) {
                missing.add(question.getName());
            }
        }
        assertThat(missing).isEmpty();
    }
}
