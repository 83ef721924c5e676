// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import dev.wagi.core.api.Headers;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.jspecify.annotations.Nullable;

/**
 * Header fields as Jetty sends them. WAGI hands over the same objects each time a guest prints the same header block;
 * their bytes are kept from the second time on. Thread-safe; what is forgotten is only made again.
 */
final class FieldMemory {

    private static final int SIZE = 64;
    private static final int LONGEST = 256;

    /** Different in every response. */
    private static final String REQUEST_ID = "X-Request-Id";

    /** A field that came before, and its encoded form if it came twice. */
    private record Known(Headers.Field field, @Nullable HttpField encoded) {}

    private final AtomicReferenceArray<@Nullable Known> known = new AtomicReferenceArray<>(SIZE);

    /** The field as Jetty wants it. */
    HttpField of(Headers.Field field) {
        if (field.name().equals(REQUEST_ID)) {
            return new HttpField(null, REQUEST_ID, field.value());
        }
        if (field.value().length() > LONGEST) {
            return new HttpField(field.name(), field.value());
        }
        int place = System.identityHashCode(field) % SIZE;
        Known last = known.getAcquire(place);
        if (last == null || last.field != field) {
            known.setRelease(place, new Known(field, null));
            return new HttpField(field.name(), field.value());
        }
        if (last.encoded != null) {
            return last.encoded;
        }
        // Jetty distinguishes headers by the constants it knows, and does not look that up here.
        HttpHeader header = HttpHeader.CACHE.get(field.name());
        HttpField encoded = new PreEncodedHttpField(header, field.name(), field.value());
        known.setRelease(place, new Known(field, encoded));
        return encoded;
    }
}
