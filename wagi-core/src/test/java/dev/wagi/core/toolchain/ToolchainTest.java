// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.toolchain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The same echo contract, met by guests of different toolchains. */
class ToolchainTest {

    /** A guest of each toolchain. */
    enum Guest {
        RUST("echo-rust"),
        C("echo-c"),
        ASSEMBLYSCRIPT("echo-as"),
        GO("echo-go"),
        TINYGO("echo-tinygo"),
        /** Too large to be committed: tested where it was built. */
        GO_NET_HTTP("http-go");

        private final String sample;

        Guest(String sample) {
            this.sample = sample;
        }

        Path file() {
            return Path.of(System.getProperty("wagi.root", ".."))
                    .resolve("samples/modules")
                    .resolve(sample)
                    .resolve(sample + ".wasm");
        }
    }

    private static final int MEGABYTE = 1 << 20;

    /** Each is loaded once for all tests. */
    private static final Map<Guest, Wagi> HOSTS = new EnumMap<>(Guest.class);

    @AfterAll
    static void close() {
        HOSTS.values().forEach(Wagi::close);
        HOSTS.clear();
    }

    @ParameterizedTest
    @EnumSource
    void echo_allByteValues_comeBack(Guest guest) {
        byte[] body = new byte[256];
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) i;
        }

        WagiResponse response = host(guest)
                .handle(post("/g/echo")
                        .addHeader("Content-Type", "image/x-test")
                        .body(body)
                        .build());

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.headers().all("Content-Type")).containsExactly("image/x-test");
        assertThat(response.body()).isEqualTo(body);
    }

    @ParameterizedTest
    @EnumSource
    void echo_emptyBody_isEmpty(Guest guest) {
        WagiResponse response = host(guest).handle(post("/g/echo").build());

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.headers().all("Content-Type")).containsExactly("application/octet-stream");
        assertThat(response.body()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void echo_megabyteOfKnownLength_comesBack(Guest guest) {
        byte[] body = random(MEGABYTE);

        assertThat(host(guest).handle(post("/g/echo").body(body).build()).body())
                .isEqualTo(body);
    }

    @ParameterizedTest
    @EnumSource
    void echo_megabyteOfUnknownLength_comesBack(Guest guest) {
        byte[] body = random(MEGABYTE);
        WagiRequest request =
                post("/g/echo").body(new ByteArrayInputStream(body), -1).build();

        assertThat(host(guest).handle(request).body()).isEqualTo(body);
    }

    /** Never more than a megabyte of 50 is in guest and host: what was read is printed before more is read. */
    @ParameterizedTest
    @EnumSource
    void echo_fiftyMegabytes_areStreamed(Guest guest) {
        Pipe pipe = new Pipe(50L * MEGABYTE);

        host(guest).handle(post("/stream/echo").body(pipe.source, -1).build(), pipe);

        assertThat(pipe.mismatch).isFalse();
        assertThat(pipe.ended).isTrue();
        assertThat(pipe.written).isEqualTo(50L * MEGABYTE);
        assertThat(pipe.most).isLessThan(MEGABYTE);
    }

    @ParameterizedTest
    @EnumSource
    void echo_fiveMegabytesOfKnownLength_areStreamed(Guest guest) {
        Pipe pipe = new Pipe(5L * MEGABYTE);

        host(guest).handle(post("/g/echo").body(pipe.source, 5L * MEGABYTE).build(), pipe);

        assertThat(pipe.mismatch).isFalse();
        assertThat(pipe.ended).isTrue();
        assertThat(pipe.written).isEqualTo(5L * MEGABYTE);
        assertThat(pipe.most).isLessThan(MEGABYTE);
    }

    @ParameterizedTest
    @EnumSource
    void describe_request_hasItsVariables(Guest guest) {
        WagiResponse response = host(guest)
                .handle(WagiRequest.builder("PUT", "/g/a%20b/%C3%BC?x=1")
                        .addHeader("Content-Type", "text/x-test; charset=utf-8")
                        .body(new byte[5])
                        .build());

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.headers().all("Content-Type")).containsExactly("text/plain; charset=utf-8");
        assertThat(response.headers().all("Set-Cookie")).containsExactly("first=1", "second=2");
        assertThat(response.text()).isEqualTo("""
                        method = PUT
                        path_info = /a b/ü
                        content_type = text/x-test; charset=utf-8
                        content_length = 5
                        """);
    }

    @ParameterizedTest
    @EnumSource
    void describe_bodyOfUnknownLength_hasItsContentLength(Guest guest) {
        WagiRequest request =
                post("/g").body(new ByteArrayInputStream(new byte[5]), -1).build();

        assertThat(host(guest).handle(request).text()).isEqualTo("""
                        method = POST
                        path_info =\s
                        content_type =\s
                        content_length = 5
                        """);
    }

    /** It prints 1 MiB without an empty line, in pieces of 64 KiB. */
    @Test
    void headerBlock_megabyte_isRefused(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("header.wat"), """
                (module
                  (import "wasi_snapshot_preview1" "fd_write"
                    (func $fd_write (param i32 i32 i32 i32) (result i32)))
                  (memory (export "memory") 2)
                  (data (i32.const 0) "\\00\\04\\00\\00" "\\00\\00\\01\\00")
                  (data (i32.const 1024) "Content-Type: text/plain\\nX-Long: ")
                  (func (export "_start")
                    (local $count i32)
                    (memory.fill (i32.const 1057) (i32.const 97) (i32.const 65503))
                    (loop $again
                      (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
                      (memory.fill (i32.const 1024) (i32.const 97) (i32.const 65536))
                      (local.set $count (i32.add (local.get $count) (i32.const 1)))
                      (br_if $again (i32.lt_u (local.get $count) (i32.const 16))))))
                """);
        try (Wagi wagi = Wagi.builder()
                .engine(Wagi.Engine.INTERPRETER)
                .addModule(m -> m.route("/").source(file))
                .build()) {
            WagiResponse response = wagi.handle(WagiRequest.get("/"));

            assertThat(response.status()).isEqualTo(502);
            assertThat(response.text()).startsWith("Bad Gateway\n").doesNotContain("aaa");
            assertThat(response.headers().first("X-Long")).isEmpty();
        }
    }

    private static WagiRequest.Builder post(String target) {
        return WagiRequest.builder("POST", target);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(3875).nextBytes(bytes);
        return bytes;
    }

    private static Wagi host(Guest guest) {
        assumeTrue(guest != Guest.GO_NET_HTTP || Files.exists(guest.file()));
        return HOSTS.computeIfAbsent(
                guest,
                missing -> Wagi.builder()
                        .limits(l -> l.withMaxRequestBodyBytes(64 << 20))
                        .addModule(m -> m.route("/g/...").source(missing.file()))
                        .addModule(m ->
                                m.route("/stream/...").source(missing.file()).streamRequestBody(true))
                        .build());
    }

    /** A body that is made while it is read and checked while it comes back. */
    private static final class Pipe implements ResponseSink {
        private long read;
        private long written;
        private long most;
        private boolean mismatch;
        private boolean ended;

        private final InputStream source;

        Pipe(long length) {
            source = new InputStream() {
                @Override
                public int read() {
                    return read == length ? -1 : at(read++) & 0xff;
                }

                @Override
                public int read(byte[] bytes, int offset, int count) {
                    int size = (int) Math.min(count, length - read);
                    for (int i = 0; i < size; i++) {
                        bytes[offset + i] = at(read++);
                    }
                    most = Math.max(most, read - written);
                    return size == 0 && count > 0 ? -1 : size;
                }
            };
        }

        /** Its period is no power of two, so that a piece lost or repeated is seen. */
        private static byte at(long position) {
            return (byte) (position % 251);
        }

        @Override
        public void start(int status, Headers headers, long contentLength) {
            mismatch |= status != 200;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            for (int i = 0; i < length; i++) {
                mismatch |= bytes[offset + i] != at(written++);
            }
        }

        @Override
        public void flush() {
            // Nothing is held back.
        }

        @Override
        public void end() {
            ended = true;
        }

        @Override
        public void abort() {
            mismatch = true;
        }
    }
}
