// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * WAGI inside a servlet container: {@link dev.wagi.http.servlet.WagiServlet}.
 *
 * <pre>{@code
 * servletContext.addServlet("wagi", new WagiServlet(wagi)).addMapping("/wagi/*");
 * }</pre>
 *
 * <p>Needs Jakarta Servlet 6, which the container brings. Thread-safe.
 *
 * @since 0.1
 */
@NullMarked
package dev.wagi.http.servlet;

import org.jspecify.annotations.NullMarked;
