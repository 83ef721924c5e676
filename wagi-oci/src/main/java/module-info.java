// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** Loads WAGI modules from OCI registries. */
module dev.wagi.oci {
    requires transitive dev.wagi.core;
    requires com.fasterxml.jackson.databind;
    requires java.net.http;
    requires org.slf4j;
    requires static org.jspecify; // annotations only

    exports dev.wagi.oci;
    exports dev.wagi.oci.client;

    provides dev.wagi.core.module.ModuleResolver with
            dev.wagi.oci.internal.service.StandardOciModules;
}
