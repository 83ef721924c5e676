// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import reactor.core.publisher.Sinks;

/** A request body that is closed leaves no buffer behind, however much of it was read. */
class RequestBodyTest {

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);

    /** Keeps what nobody asked for until somebody does, or cancels. */
    private final Sinks.Many<DataBuffer> server = Sinks.many().unicast().onBackpressureBuffer();

    private final RequestBody body =
            new RequestBody(server.asFlux().doOnDiscard(DataBuffer.class, DataBufferUtils::release));

    static Stream<Arguments> readers() {
        return Stream.of(
                reader("has not taken what it was given", test -> test.body.available()),
                reader("has read a byte", RequestBodyTest::readsAByte),
                reader("has read a buffer", test -> {
                    for (int i = 0; i < 5; i++) {
                        readsAByte(test);
                    }
                }),
                reader("waits for more", test -> {
                    for (int i = 0; i < 10; i++) {
                        readsAByte(test);
                    }
                    assertThat(test.body.available()).isZero();
                }));
    }

    private static Arguments reader(String what, Consumer<RequestBodyTest> does) {
        return Arguments.of(what, does);
    }

    private static void readsAByte(RequestBodyTest test) {
        assertThat(test.body.available()).isPositive();
        try {
            assertThat(test.body.read()).isEqualTo('x');
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("readers")
    void closed_keepsNoBuffer(String what, Consumer<RequestBodyTest> reader) {
        arrives();
        arrives();
        reader.accept(this);

        body.close();
        body.close();
        arrives();

        assertThat(allocator.metric().usedHeapMemory()).isZero();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
    }

    private void arrives() {
        DataBuffer buffer = new NettyDataBufferFactory(allocator).allocateBuffer(5);
        buffer.write(new byte[] {'x', 'x', 'x', 'x', 'x'});
        if (server.tryEmitNext(buffer).isFailure()) {
            DataBufferUtils.release(buffer);
        }
    }
}
