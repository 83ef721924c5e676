// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cgi;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.Limits;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.fuzz.Promise;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The output of guests. The first byte seeds the cuts, the second holds flags, and the rest is printed: at once, in
 * pieces, and byte by byte.
 */
public final class ResponseFuzz {

    private static final Headers OWN = Headers.of("X-Own", "ours");
    private static final Set<String> FRAMING = Set.of(
            "connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "status");
    private static final int PREFIX = 2;

    private ResponseFuzz() {}

    /** One run. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < PREFIX) {
            return;
        }
        boolean head = (input[1] & 1) != 0;
        String mount = (input[1] & 2) != 0 ? "/app" : "";
        Limits limits = (input[1] & 4) == 0
                ? Limits.defaults()
                : Limits.defaults().withMaxHeaderBytes(64).withMaxHeaders(2).withMaxResponseBodyBytes(100);
        Random random = new Random(input[0]);
        int length = input.length - PREFIX;
        HeaderMemory memory = new HeaderMemory(limits.maxHeaders());
        Outcome whole = Outcome.of(input, new int[] {length}, head, mount, memory, limits);
        whole.check(limits, mount, head);
        int[] cuts = random.ints(length, 1, 40).toArray();
        Outcome pieces = Outcome.of(input, cuts, head, mount, memory, limits);
        pieces.check(limits, mount, head);
        whole.compare(pieces);
        Outcome bytes = Outcome.of(
                input, random.ints(length, 1, 2).toArray(), head, mount, new HeaderMemory(limits.maxHeaders()), limits);
        bytes.check(limits, mount, head);
        whole.compare(bytes);
    }

    /** The outcome of a response. */
    private static final class Outcome implements ResponseSink {
        private int status;
        private Headers headers = Headers.none();
        private long contentLength;
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private boolean started;
        private boolean ended;
        private @Nullable String failure;
        private Optional<String> redirect = Optional.empty();
        private Optional<String> mismatch = Optional.empty();

        static Outcome of(byte[] input, int[] pieces, boolean head, String mount, HeaderMemory memory, Limits limits) {
            Outcome outcome = new Outcome();
            CgiResponse response = new CgiResponse(outcome, OWN, mount, head, memory, limits);
            try {
                int at = PREFIX;
                for (int i = 0; i < pieces.length && at < input.length; i++) {
                    int count = Math.min(pieces[i], input.length - at);
                    response.write(input, at, count);
                    at += count;
                }
                outcome.redirect = response.finish();
                outcome.mismatch = response.lengthMismatch();
            } catch (GuestOutputException e) {
                outcome.failure = String.valueOf(e.getMessage());
            } catch (IOException e) {
                throw new AssertionError("nothing else is thrown", e);
            }
            Promise.same(response.isStarted(), outcome.started, "the response knows whether it has begun");
            return outcome;
        }

        @Override
        public void start(int code, Headers fields, long length) {
            Promise.that(!started, "a response begins once");
            started = true;
            status = code;
            headers = fields;
            contentLength = length;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            Promise.that(started && !ended, "the body comes between begin and end");
            body.write(bytes, offset, length);
        }

        @Override
        public void flush() {
            Promise.that(started && !ended, "there is something to flush between begin and end");
        }

        @Override
        public void end() {
            Promise.that(started && !ended, "a response ends once");
            ended = true;
        }

        @Override
        public void abort() {
            throw new AssertionError("the parser does not abort");
        }

        void check(Limits limits, String mount, boolean head) {
            Promise.that(body.size() <= limits.maxResponseBodyBytes(), "the body keeps its bound");
            if (failure != null) {
                Promise.that(!ended, "what fails is not completed");
                Promise.that(
                        failure.chars().allMatch(c -> c >= ' ' && c < 0x7f), "a message can be logged: " + failure);
                Promise.that(failure.length() < 2000, "a message is short");
            }
            redirect.ifPresent(location -> {
                Promise.that(!started, "a local redirect sends nothing");
                Promise.that(
                        location.startsWith(mount.isEmpty() ? "/" : mount) && !location.startsWith("//"),
                        "a local redirect stays here");
            });
            if (!started) {
                return;
            }
            Promise.that(status >= 200 && status <= 599, "the status is one");
            Promise.same(headers.all("X-Own").size(), 1, "a guest cannot replace our fields");
            Promise.that(headers.fields().size() <= limits.maxHeaders() + 2, "the fields keep their bound");
            for (Headers.Field field : headers.fields()) {
                Promise.that(Headers.isToken(field.name()), "a field's name is a token");
                Promise.that(
                        !FRAMING.contains(field.name().toLowerCase(Locale.ROOT)), "framing is ours: " + field.name());
                Promise.that(
                        field.value().chars().allMatch(c -> c == '\t' || c >= ' ' && c <= 0xff && c != 0x7f),
                        "a field's value can be sent");
                Promise.same(field.value().strip(), field.value(), "a field's value is stripped");
            }
            Promise.that(headers.all("Location").size() <= 1, "there is one Location");
            Promise.that(headers.all("Content-Type").size() <= 1, "there is one Content-Type");
            boolean bodiless = head || status == 204 || status == 304;
            Promise.that(!bodiless || body.size() == 0, "no body where none may be");
            if (ended && contentLength >= 0 && !bodiless) {
                Promise.same(contentLength, (long) body.size(), "the length is the body's");
            }
        }

        /** The cuts may affect only how much was sent before a failure. */
        void compare(Outcome other) {
            Promise.same(failure, other.failure, "the same failure however it is cut");
            Promise.same(redirect, other.redirect, "the same redirect however it is cut");
            Promise.same(ended, other.ended, "the same end however it is cut");
            Promise.same(mismatch, other.mismatch, "the same mismatch however it is cut");
            if (ended) {
                Promise.same(status, other.status, "the same status however it is cut");
                Promise.same(headers, other.headers, "the same fields however it is cut");
                Promise.same(body.toString(), other.body.toString(), "the same body however it is cut");
            }
        }
    }
}
