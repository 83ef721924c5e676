// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.outbound;

import dev.wagi.core.api.Headers;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The fields by which a trace goes on in another service. A client wrote them, so they are passed on only if they are
 * what the specification says: an id and flags of fixed length, and a list of limited length.
 *
 * @see <a href="https://www.w3.org/TR/trace-context/">W3C Trace Context</a>
 */
final class TraceContext {

    static final String PARENT = "traceparent";
    static final String STATE = "tracestate";

    /** Version, trace id, parent id, flags; {@code ff} is no version, and ids of zeros are none. */
    private static final Pattern VALID_PARENT =
            Pattern.compile("(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

    /** What has to be passed on; longer ones may be cut or dropped. */
    private static final int MAX_STATE = 512;

    private static final Pattern VALID_STATE = Pattern.compile("[\\x20-\\x7e]+");

    private TraceContext() {}

    /** The valid fields of a request; none if it has no trace. */
    static Headers of(Headers request) {
        List<String> parents = request.all(PARENT);
        if (parents.size() != 1 || !VALID_PARENT.matcher(parents.get(0)).matches()) {
            return Headers.none();
        }
        String state = String.join(",", request.all(STATE));
        Headers.Builder fields = Headers.builder().add(PARENT, parents.get(0));
        if (state.length() <= MAX_STATE && VALID_STATE.matcher(state).matches()) {
            fields.add(STATE, state);
        }
        return fields.build();
    }
}
