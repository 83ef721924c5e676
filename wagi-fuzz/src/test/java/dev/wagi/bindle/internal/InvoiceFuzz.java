// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle.internal;

import dev.wagi.core.api.Problems;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.fuzz.Promise;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Invoices of bindles: the first line is the requested bindle, the rest is the invoice. */
public final class InvoiceFuzz {

    private InvoiceFuzz() {}

    /** Before the first run, so that what Jazzer does to each class that is loaded does not count as its time. */
    public static void fuzzerInitialize() {
        fuzzerTestOneInput("a/1\na=1".getBytes(StandardCharsets.US_ASCII));
    }

    /** One run. */
    public static void fuzzerTestOneInput(byte[] input) {
        int end = 0;
        while (end < input.length && input[end] != '\n') {
            end++;
        }
        BindleId id;
        try {
            id = BindleId.parse(new String(input, 0, end, StandardCharsets.ISO_8859_1));
        } catch (IllegalArgumentException e) {
            id = BindleId.parse("example.com/hello/1.0.0");
        }
        for (String segment : id.text().split("/")) {
            Promise.that(!segment.isEmpty() && !segment.startsWith("."), "a bindle's name climbs nowhere");
        }
        Problems problems = Problems.none();
        Optional<Invoice> invoice = Invoice.parse(
                id, "invoice.toml", Arrays.copyOfRange(input, Math.min(end + 1, input.length), input.length), problems);
        try {
            problems.throwIfAny();
        } catch (WagiConfigException e) {
            Promise.that(invoice.isEmpty(), "an invoice with a problem is of no use");
            return;
        }
        List<Parcel> parcels = invoice.orElseThrow().parcels();
        for (Parcel parcel : parcels) {
            Promise.that(parcel.sha256().matches("[0-9a-f]{64}"), "a digest is one");
            Promise.that(parcel.name().chars().noneMatch(Character::isISOControl), "a name can be logged");
            Promise.that(parcels.containsAll(invoice.get().filesFor(parcel)), "files are parcels of the bindle");
        }
    }
}
