package concierge.executor;

import concierge.model.InstanceId;
import java.io.IOException;
import java.io.OutputStream;

/** The optional ability to give a running instance its standard input, where its specification keeps that open. */
public interface InputEngine {
    /**
     * The instance's standard input. Once: closing it tells the instance that its input has ended. Writing
     * waits for the instance to read, and fails when it has ended.
     */
    OutputStream input(InstanceId instance) throws IOException;
}
