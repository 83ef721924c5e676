// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import dev.wagi.core.Wagi;
import dev.wagi.http.servlet.WagiServlet;

/** The guests of the contract, in a web application. */
public class GuestsServlet extends WagiServlet {

    private static final long serialVersionUID = 1L;

    @Override
    protected void configure(Wagi.Builder builder) {
        Guests.addTo(builder);
    }
}
