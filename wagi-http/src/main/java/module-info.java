// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** WAGI in a servlet container: {@link dev.wagi.http.servlet.WagiServlet}. */
module dev.wagi.http {
    requires transitive dev.wagi.core;
    requires transitive jakarta.servlet;
    requires org.slf4j;
    requires static org.jspecify; // annotations only

    exports dev.wagi.http.servlet;
}
