package concierge.security;

import concierge.model.Digest;
import concierge.model.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key that one installation seals its stored secrets with (AES-256-GCM), in a file that only its owner can
 * read. Who has the store without that file has nothing. Immutable, thread-safe.
 */
public final class SecretKey {
    private static final String CIPHER = "AES/GCM/NoPadding";

    /** What GCM is made for: 96 bits, random; a key seals some thousands of values, far from the 2^32 where they might repeat. */
    private static final int NONCE_BYTES = 12;

    private static final int TAG_BITS = 128;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String id;
    private final SecretKeySpec sealing;
    private final SecretKeySpec digesting;

    private SecretKey(byte[] key) {
        // One key a purpose, all from the same file.
        this.id = HexFormat.of().formatHex(hmac(key, "id"), 0, 4);
        this.sealing = new SecretKeySpec(hmac(key, "seal"), "AES");
        this.digesting = new SecretKeySpec(hmac(key, "digest"), "HmacSHA256");
    }

    /**
     * The key in a file; empty when there is no such file.
     *
     * @throws IOException also when others may read the file, or when it holds no key
     */
    public static Optional<SecretKey> read(Path file) throws IOException {
        if (!Files.exists(file)) return Optional.empty();
        String text = PrivateFile.read(file, "chmod 600 it, and set the secrets anew if that may have happened");
        if (!text.matches("[0-9a-f]{64}")) {
            throw new IOException(file + ": no key in it (expected: 64 hexadecimal digits); bring back the file that the secrets were set with");
        }
        return Optional.of(new SecretKey(HexFormat.of().parseHex(text)));
    }

    /** The key in a file, made if it is not there. */
    public static SecretKey open(Path file) throws IOException {
        if (!Files.exists(file)) PrivateFile.create(file);
        return read(file).orElseThrow(() -> new IOException(file + ": vanished while it was made"));
    }

    /** Tells keys apart; says nothing about them. */
    public String id() {
        return id;
    }

    /** The same for the same value in the same place; without the key nobody can try guesses on it. */
    public Digest digest(String place, Secret value) {
        return new Digest(HexFormat.of().formatHex(hmac(digesting.getEncoded(), place + "\0", value.reveal())));
    }

    /** @param place where it is kept: it opens only there */
    public String seal(String place, Secret value) {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, place).doFinal(value.reveal());
            byte[] all = Arrays.copyOf(nonce, NONCE_BYTES + sealed.length);
            System.arraycopy(sealed, 0, all, NONCE_BYTES, sealed.length);
            return Base64.getEncoder().encodeToString(all);
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every Java platform has " + CIPHER, e);
        }
    }

    /** Empty: sealed with another key or for another place, or damaged. */
    public Optional<Secret> open(String place, String sealed) {
        try {
            byte[] all = Base64.getDecoder().decode(sealed);
            if (all.length < NONCE_BYTES) return Optional.empty();
            byte[] nonce = Arrays.copyOf(all, NONCE_BYTES);
            return Optional.of(Secret.of(cipher(Cipher.DECRYPT_MODE, nonce, place).doFinal(all, NONCE_BYTES, all.length - NONCE_BYTES)));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private Cipher cipher(int mode, byte[] nonce, String place) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(CIPHER);
        cipher.init(mode, sealing, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(place.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    private static byte[] hmac(byte[] key, String text, byte... more) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            mac.update(text.getBytes(StandardCharsets.UTF_8));
            return mac.doFinal(more);
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every Java platform has HmacSHA256", e);
        }
    }

    @Override
    public String toString() {
        return "***";
    }
}
