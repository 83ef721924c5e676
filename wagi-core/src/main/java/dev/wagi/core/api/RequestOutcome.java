// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

/**
 * How the handling of a request ended. Constants may be added: a {@code switch} over them needs a default. The status
 * that goes with each is the one that a client gets if the response has not begun; otherwise the response is broken
 * off.
 */
public enum RequestOutcome {
    /** The guest's response was sent whole, whatever its status. */
    ANSWERED,
    /** The built-in health check was answered with 200. */
    HEALTH_CHECK,
    /** A file of a static route was sent, or 301, 304, 412 or 416 about it. */
    FILE,
    /** Method, target or Host are malformed: 400. */
    MALFORMED,
    /** No route matches, or there is no such file: 404. */
    NOT_FOUND,
    /** A route matches, but not for this method: 405. */
    METHOD_NOT_ALLOWED,
    /** The request body broke off, or ended before its Content-Length: 400. */
    BODY_BROKEN,
    /** The request body came more slowly than {@code min_request_body_rate}: 408. */
    BODY_TOO_SLOW,
    /** The request body is longer than {@code max_request_body}: 413. */
    BODY_TOO_LONG,
    /** There was no room to collect the request body: 503. */
    BODY_STORE_FULL,
    /** There are more header fields than {@code max_request_headers}: 431. */
    TOO_MANY_HEADERS,
    /** Too many requests waited already, {@code max_queue}, or too many files were being sent: 503. */
    QUEUE_FULL,
    /** The request waited for its turn, or for its body, for longer than {@code timeout}: 504. */
    QUEUE_TIMEOUT,
    /** The module could not be loaded, or too many of its guests did not end: 503. */
    OUT_OF_SERVICE,
    /** The heap had no room for the guest, see {@code max_memory}: 503. */
    NO_MEMORY,
    /** The host is stopping: 503. */
    STOPPING,
    /** The guest trapped: 502. */
    TRAP,
    /** The guest exited with a code other than 0 and cannot say a status, see {@code content_type}: 502. */
    EXIT_CODE,
    /** The guest's output is no valid response, or exceeds a limit such as {@code max_response_body}: 502. */
    INVALID_RESPONSE,
    /** The guest did not end within {@code timeout}: 504. */
    TIMEOUT,
    /** A local redirect that is malformed or not allowed: 502; or too many of them: 500. */
    BAD_REDIRECT,
    /** The client has gone before it had the response. */
    CLIENT_GONE,
    /** There was no heap or no thread for the request, or a bug of the host; the log has the cause. */
    HOST_FAILURE
}
