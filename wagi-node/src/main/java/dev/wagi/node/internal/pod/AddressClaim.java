// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The address that a pod asks for, and since when. A pod's author may change the address at any time, so the pod's age
 * says nothing about it. Kept in a file of the pod's directory, as the node may be started again.
 */
record AddressClaim(String address, Instant since) {

    private static final Logger LOG = LoggerFactory.getLogger(AddressClaim.class);

    private static final String FILE = "address";

    /** Returns the claim in a pod's directory if it is to this address; otherwise one that begins now, and is kept. */
    static AddressClaim of(Path directory, String address, Instant now) {
        try {
            Path file = directory.resolve(FILE);
            if (Files.exists(file)) {
                String[] parts = Files.readString(file).split(" ", 2);
                if (parts.length == 2 && parts[1].equals(address)) {
                    return new AddressClaim(address, Instant.parse(parts[0]));
                }
            }
        } catch (IOException | DateTimeException e) {
            LOG.warn("since when {} asks for its address cannot be read: {}", directory.getFileName(), e.toString());
        }
        AddressClaim claim = new AddressClaim(address, now);
        claim.keep(directory);
        return claim;
    }

    /** Returns this claim, or one that begins now if the address is another one. */
    AddressClaim update(Path directory, String latest, Instant now) {
        if (latest.equals(address)) {
            return this;
        }
        AddressClaim claim = new AddressClaim(latest, now);
        claim.keep(directory);
        return claim;
    }

    /** A claim that cannot be kept begins again when the node is started again. */
    private void keep(Path directory) {
        try {
            Files.writeString(directory.resolve(FILE), since + " " + address);
        } catch (IOException e) {
            LOG.warn("since when {} asks for its address cannot be kept: {}", directory.getFileName(), e.toString());
        }
    }
}
