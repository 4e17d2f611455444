import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.ClassFileVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Rewrites the classes of a jar as of Java 25, with stack maps: classes from before Java 6 have none, and
 * the AOT cache takes only classes that have. Same code, same behaviour; the build runs it on picocli.
 *
 * <p>{@code java Modernize.java in.jar out.jar}
 */
public final class Modernize {
    private static final int JAVA_25 = ClassFile.JAVA_25_VERSION;

    private Modernize() {}

    public static void main(String[] arguments) throws IOException {
        Path in = Path.of(arguments[0]);
        Path out = Path.of(arguments[1]);
        try (JarFile jar = new JarFile(in.toFile()); ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(out))) {
            ClassFile classes = ClassFile.of(StackMapsOption.GENERATE_STACK_MAPS, ClassFile.ClassHierarchyResolverOption.of(hierarchy(jar)));
            for (JarEntry entry : entries(jar)) {
                byte[] content = jar.getInputStream(entry).readAllBytes();
                ZipEntry written = new ZipEntry(entry.getName());
                written.setTime(0);
                zip.putNextEntry(written);
                zip.write(isClass(entry) ? modern(classes, content) : content);
                zip.closeEntry();
            }
        }
    }

    private static byte[] modern(ClassFile classes, byte[] content) {
        ClassModel model = classes.parse(content);
        ClassTransform version = (builder, element) -> {
            if (element instanceof ClassFileVersion) builder.withVersion(JAVA_25, 0);
            else builder.with(element);
        };
        // Code that passes through a transform is written anew, with its stack maps; else it is copied as it is.
        return classes.transformClass(model, version.andThen(ClassTransform.transformingMethodBodies(CodeBuilder::with)));
    }

    /** Stack maps name common supertypes: those of the jar's own classes and of the platform's. */
    private static ClassHierarchyResolver hierarchy(JarFile jar) {
        return ClassHierarchyResolver.ofResourceParsing(descriptor -> {
            String name = descriptor.descriptorString();
            JarEntry entry = jar.getJarEntry(name.substring(1, name.length() - 1) + ".class");
            try {
                return entry == null ? null : jar.getInputStream(entry);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }).orElse(ClassHierarchyResolver.defaultResolver());
    }

    private static List<JarEntry> entries(JarFile jar) {
        List<JarEntry> found = new ArrayList<>();
        for (Enumeration<JarEntry> all = jar.entries(); all.hasMoreElements(); ) {
            JarEntry entry = all.nextElement();
            // A signature would not hold any more; module descriptors are no code.
            if (!entry.getName().matches("META-INF/[^/]+\\.(SF|RSA|DSA|EC)")) found.add(entry);
        }
        return found;
    }

    private static boolean isClass(JarEntry entry) {
        return entry.getName().endsWith(".class") && !entry.getName().endsWith("module-info.class");
    }
}
