// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.server.WagiServer;
import dev.wagi.server.WagiServerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** Looks whether an address can be listened on now. */
final class AddressCheck {

    static final ListenAddress DEFAULT = ListenAddress.parse(ListenAddress.DEFAULT);

    private AddressCheck() {}

    static Finding isFree(String check, ListenAddress address) {
        if (address.isInherited()) {
            return Finding.ok(check, address.toString(), "is opened by systemd");
        }
        if (address.file().isPresent()) {
            Path file = address.file().get().toAbsolutePath();
            return Files.exists(file)
                    ? Finding.warning(
                            check,
                            file.toString(),
                            "is there already: a server uses it, or left it behind, or it is something else",
                            "if no server runs, it is replaced unless it is not a socket")
                    : DirectoryCheck.isWritable(check, Objects.requireNonNull(file.getParent()));
        }
        try {
            WagiServer.bind(address.host(), address.port()).close();
            return Finding.ok(check, address.toString(), "is free");
        } catch (IOException | WagiServerException e) {
            return Finding.failure(
                    check,
                    address.toString(),
                    Objects.toString(e.getMessage(), "cannot be listened on"),
                    "if the server itself uses it, all is well");
        }
    }
}
