package concierge.model;

/** An image that a stack file says how to build. */
public record ImageBuild(ImageName name, Dockerfile dockerfile) {}
