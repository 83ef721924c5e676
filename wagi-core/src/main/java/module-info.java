// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * WAGI for the JVM: runs WASI modules as CGI programs, without a server. The entry point is {@link dev.wagi.core.Wagi}.
 */
@SuppressWarnings("module") // the targets of qualified exports are compiled after this module
module dev.wagi.core {
    requires com.dylibso.chicory.compiler;
    requires com.dylibso.chicory.runtime;
    requires com.dylibso.chicory.wasm;
    requires java.management;
    requires jdk.management;
    requires org.objectweb.asm;
    requires org.objectweb.asm.commons;
    requires org.objectweb.asm.tree;
    requires org.objectweb.asm.tree.analysis;
    requires org.slf4j;
    requires static org.jspecify; // annotations only

    exports dev.wagi.core;
    exports dev.wagi.core.api;
    exports dev.wagi.core.configuration;
    exports dev.wagi.core.module;

    // for our own extensions and transports
    exports dev.wagi.core.internal.chicory to
            dev.wagi.wat;
    exports dev.wagi.core.internal.spi to
            dev.wagi.outbound,
            dev.wagi.wat;
    exports dev.wagi.core.internal.transport to
            dev.wagi.http,
            dev.wagi.server,
            dev.wagi.spring.boot;

    // for our own configuration sources
    exports dev.wagi.core.internal.cgi to
            dev.wagi.config,
            dev.wagi.kubernetes;
    exports dev.wagi.core.internal.sandbox to
            dev.wagi.kubernetes;
    exports dev.wagi.core.internal.text to
            dev.wagi.config,
            dev.wagi.spring.boot;

    uses dev.wagi.core.configuration.ConfigurationFormat;
    uses dev.wagi.core.module.ModuleResolver;
    uses dev.wagi.core.internal.spi.OutboundHttpClientProvider;
    uses dev.wagi.core.internal.spi.TextAssembler;
}
