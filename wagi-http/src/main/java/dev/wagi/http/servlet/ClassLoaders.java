// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.http.servlet;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.runtime.ObjectMethods;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the JDK keeps of a web application that was undeployed. */
final class ClassLoaders {

    private static final Logger LOG = LoggerFactory.getLogger(WagiServlet.class);

    private ClassLoaders() {}

    /**
     * Lets go of this class's loader. The methods {@code equals} and {@code hashCode} of records are made by
     * {@link ObjectMethods}, whose static method handles remember the type to which they were adapted last, up to JDK
     * 17 strongly: the last record of an application keeps all of it. Adapted to a class of the JDK's once more, they
     * remember that.
     */
    static void release() {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            MethodHandle component =
                    MethodHandles.dropArguments(MethodHandles.constant(Object.class, null), 0, String.class);
            ObjectMethods.bootstrap(
                    lookup,
                    "equals",
                    MethodType.methodType(boolean.class, String.class, Object.class),
                    String.class,
                    "component",
                    component);
            ObjectMethods.bootstrap(
                    lookup,
                    "hashCode",
                    MethodType.methodType(int.class, String.class),
                    String.class,
                    "component",
                    component);
        } catch (Throwable e) {
            LOG.debug("the JDK may keep this application's class loader until another one is undeployed", e);
        }
    }
}
