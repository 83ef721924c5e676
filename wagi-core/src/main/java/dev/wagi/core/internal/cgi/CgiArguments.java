// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cgi;

import dev.wagi.core.internal.sandbox.GuestStrings;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds the command line of a guest.
 *
 * <p>Without a template it consists of the request's path as sent, then one argument for each {@code &}-separated item
 * of the query, as sent. In a template {@code ${SCRIPT_NAME}} and {@code ${ARGS}} are replaced after the template was
 * split into arguments, so that a client's value never becomes two arguments. {@code ${ARGS}} on its own becomes one
 * argument per item; within other text it is replaced by the items joined by spaces. With a template, items that begin
 * with {@code -} are dropped unless options are allowed.
 *
 * <p>Immutable and thread-safe.
 */
public final class CgiArguments {

    private static final String SCRIPT_NAME = "${SCRIPT_NAME}";
    private static final String ARGS = "${ARGS}";
    private static final CgiArguments STANDARD = new CgiArguments(List.of(), false);

    private final List<String> template;
    private final boolean options;

    private CgiArguments(List<String> template, boolean options) {
        this.template = template;
        this.options = options;
    }

    /** Returns the default command line: the path and the query items. */
    public static CgiArguments standard() {
        return STANDARD;
    }

    /**
     * Returns a command line from a template.
     *
     * @param arguments at least one
     * @param allowOptions whether query items that begin with {@code -} are passed
     */
    public static CgiArguments template(List<String> arguments, boolean allowOptions) {
        if (arguments.isEmpty()) {
            throw new IllegalArgumentException("arguments must not be empty");
        }
        return new CgiArguments(List.copyOf(arguments), allowOptions);
    }

    /**
     * Encodes the arguments of a request.
     *
     * @param scriptName SCRIPT_NAME of the request
     */
    public GuestStrings encode(CgiRequest request, String scriptName) {
        GuestStrings.Builder arguments = new GuestStrings.Builder();
        if (template.isEmpty()) {
            arguments
                    .octets(request.request().mountPath())
                    .octets(request.path().raw());
            arguments.end();
            items(request.query()).forEach(item -> arguments.octets(item).end());
            return arguments.build();
        }
        List<String> items = items(request.query());
        if (!options) {
            items.removeIf(item -> item.startsWith("-"));
        }
        for (String part : template) {
            if (part.equals(ARGS)) {
                items.forEach(item -> arguments.octets(item).end());
            } else {
                expand(part, scriptName, items, arguments);
                arguments.end();
            }
        }
        return arguments.build();
    }

    /** Makes a single pass from left to right, so that inserted values are never expanded again. */
    private static void expand(String part, String scriptName, List<String> items, GuestStrings.Builder arguments) {
        int at = 0;
        while (at < part.length()) {
            if (part.startsWith(SCRIPT_NAME, at)) {
                arguments.text(scriptName);
                at += SCRIPT_NAME.length();
            } else if (part.startsWith(ARGS, at)) {
                arguments.octets(String.join(" ", items));
                at += ARGS.length();
            } else {
                int next = part.indexOf("${", at + 1);
                int end = next < 0 ? part.length() : next;
                arguments.text(part.substring(at, end));
                at = end;
            }
        }
    }

    private static List<String> items(String query) {
        List<String> items = new ArrayList<>();
        int start = 0;
        while (!query.isEmpty() && start <= query.length()) {
            int end = query.indexOf('&', start);
            if (end < 0) {
                end = query.length();
            }
            items.add(query.substring(start, end));
            start = end + 1;
        }
        return items;
    }
}
