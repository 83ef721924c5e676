// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cgi;

import java.util.Set;

/**
 * The names of the variables that every request sets.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc3875#section-4.1">RFC 3875, section 4.1</a>
 */
public final class MetaVariable {

    static final String AUTH_TYPE = "AUTH_TYPE";
    static final String CONTENT_LENGTH = "CONTENT_LENGTH";
    static final String CONTENT_TYPE = "CONTENT_TYPE";
    static final String GATEWAY_INTERFACE = "GATEWAY_INTERFACE";
    static final String HTTPS = "HTTPS";
    static final String PATH_INFO = "PATH_INFO";
    static final String PATH_TRANSLATED = "PATH_TRANSLATED";
    static final String QUERY_STRING = "QUERY_STRING";
    static final String REMOTE_ADDR = "REMOTE_ADDR";
    static final String REMOTE_HOST = "REMOTE_HOST";
    static final String REMOTE_PORT = "REMOTE_PORT";
    static final String REMOTE_USER = "REMOTE_USER";
    static final String REQUEST_METHOD = "REQUEST_METHOD";
    static final String REQUEST_SCHEME = "REQUEST_SCHEME";
    static final String REQUEST_URI = "REQUEST_URI";
    static final String SCRIPT_NAME = "SCRIPT_NAME";
    static final String SERVER_ADDR = "SERVER_ADDR";
    static final String SERVER_NAME = "SERVER_NAME";
    static final String SERVER_PORT = "SERVER_PORT";
    static final String SERVER_PROTOCOL = "SERVER_PROTOCOL";
    static final String SERVER_SOFTWARE = "SERVER_SOFTWARE";
    static final String X_FULL_URL = "X_FULL_URL";
    static final String X_MATCHED_ROUTE = "X_MATCHED_ROUTE";
    static final String X_RAW_PATH_INFO = "X_RAW_PATH_INFO";
    static final String X_REQUEST_ID = "X_REQUEST_ID";

    /** The prefix of variables for request headers. */
    static final String HEADER_PREFIX = "HTTP_";

    private static final Set<String> RESERVED = Set.of(
            AUTH_TYPE,
            CONTENT_LENGTH,
            CONTENT_TYPE,
            GATEWAY_INTERFACE,
            HTTPS,
            PATH_INFO,
            PATH_TRANSLATED,
            QUERY_STRING,
            REMOTE_ADDR,
            REMOTE_HOST,
            REMOTE_PORT,
            REMOTE_USER,
            REQUEST_METHOD,
            REQUEST_SCHEME,
            REQUEST_URI,
            SCRIPT_NAME,
            SERVER_ADDR,
            SERVER_NAME,
            SERVER_PORT,
            SERVER_PROTOCOL,
            SERVER_SOFTWARE,
            X_FULL_URL,
            X_MATCHED_ROUTE,
            X_RAW_PATH_INFO,
            X_REQUEST_ID);

    private MetaVariable() {}

    /** Returns whether requests set the variable, so that an operator may not. */
    public static boolean isReserved(String name) {
        return RESERVED.contains(name);
    }
}
