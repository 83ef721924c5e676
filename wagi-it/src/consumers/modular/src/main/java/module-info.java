// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** A program that is a module. */
module org.example.modular {
    requires dev.wagi.server;
    requires java.net.http;
    requires jdk.httpserver;
}
