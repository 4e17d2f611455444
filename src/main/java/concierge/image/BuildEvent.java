package concierge.image;

import concierge.model.ImageName;

/** What happens while images are built, for people who wait. */
public sealed interface BuildEvent {
    ImageName image();

    /** @param number counts from 1 over those that are built */
    record Started(ImageName image, String reference, String reason, int number, int of) implements BuildEvent {}

    /** There already: nothing to do. */
    record Kept(ImageName image, String reference) implements BuildEvent {}

    /** A line of output. */
    record Output(ImageName image, String line) implements BuildEvent {}

    record Finished(ImageName image, String reference, String id) implements BuildEvent {}
}
