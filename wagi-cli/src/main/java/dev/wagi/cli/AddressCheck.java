// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.server.WagiServer;
import dev.wagi.server.WagiServerException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** Looks whether an address can be listened on now. */
final class AddressCheck {

    static final ListenAddress DEFAULT = ListenAddress.parse(ListenAddress.DEFAULT);

    private AddressCheck() {}

    /**
     * Looks whether a server with {@code --reuse-port} can listen on an address. Nobody listens meanwhile: the system
     * would give that one connections that another process could serve.
     *
     * @throws WagiServerException if it cannot
     */
    static void requireShareable(ListenAddress address) throws IOException {
        try (SocketChannel probe = SocketChannel.open()) {
            if (probe.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT)) {
                probe.setOption(StandardSocketOptions.SO_REUSEPORT, true);
                probe.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                probe.bind(new InetSocketAddress(InetAddress.getByName(address.host()), address.port()));
                return;
            }
        } catch (IOException e) {
            // What is below says it better.
        }
        WagiServer.bindShared(address.host(), address.port()).close();
    }

    static Finding isFree(String check, ListenAddress address, boolean shared) {
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
            if (shared) {
                requireShareable(address);
                return Finding.ok(check, address.toString(), "is free, or shared by servers of this user");
            }
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
