// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wagi.core.Wagi;
import dev.wagi.core.api.ModuleInfo;
import dev.wagi.core.api.RouteInfo;
import java.util.List;

/** What a configuration serves, as JSON: names as in {@code console.json}. Values of variables are not in it. */
final class ConfigurationJson {

    private ConfigurationJson() {}

    static ObjectNode of(String origin) {
        return JsonNodeFactory.instance.objectNode().put("configuration", origin);
    }

    static void addRoutes(Wagi wagi, ObjectNode object) {
        ArrayNode routes = object.putArray("routes");
        for (RouteInfo route : wagi.routes()) {
            ObjectNode one = routes.addObject()
                    .put("route", route.route())
                    .put("module", route.module())
                    .put("source", route.source())
                    .put("entrypoint", route.entrypoint())
                    .put("static", route.isFiles());
            addTexts(one, "hosts", route.hosts());
            addTexts(one, "methods", route.methods());
        }
    }

    static void addModules(Wagi wagi, ObjectNode object) {
        ArrayNode modules = object.putArray("modules");
        for (ModuleInfo module : wagi.modules()) {
            ObjectNode one = modules.addObject().put("module", module.module()).put("source", module.source());
            module.digest().ifPresent(digest -> one.put("sha256", digest));
            module.bytes().ifPresent(bytes -> one.put("bytes", bytes));
            addTexts(one, "toolchain", module.toolchain());
            addTexts(one, "imports", module.imports());
            ArrayNode hosts = one.putArray("allowedHosts");
            module.allowedHosts()
                    .forEach(host ->
                            hosts.addObject().put("host", host.host()).put("allowPrivate", host.allowsPrivate()));
            ArrayNode volumes = one.putArray("volumes");
            module.volumes()
                    .forEach(volume ->
                            volumes.addObject().put("path", volume.path()).put("writable", volume.isWritable()));
            addTexts(one, "environmentNames", module.environmentNames());
        }
    }

    static void addTexts(ObjectNode object, String key, List<String> texts) {
        ArrayNode array = object.putArray(key);
        texts.forEach(array::add);
    }

    static void print(ObjectNode object) {
        System.out.println(object.toPrettyString());
        System.out.flush();
    }
}
