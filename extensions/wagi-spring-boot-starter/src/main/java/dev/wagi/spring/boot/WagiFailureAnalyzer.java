// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.boot;

import dev.wagi.core.api.WagiConfigException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Prints what is wrong with a configuration as Boot prints such things. */
final class WagiFailureAnalyzer extends AbstractFailureAnalyzer<WagiConfigException> {

    WagiFailureAnalyzer() {}

    @Override
    protected FailureAnalysis analyze(Throwable root, WagiConfigException cause) {
        String listed = String.join("\n    ", cause.problems());
        return new FailureAnalysis(
                "The WAGI modules cannot be served:\n\n    " + listed,
                "Fix what is listed above. Modules are configured below wagi.module, or in the file that"
                        + " wagi.configuration names; wagi.keep-going=true serves the others if a module cannot be"
                        + " loaded.",
                cause);
    }
}
