/**
 * Answers requests: a {@link dev.wagi.core.internal.request.Deployment} is a configuration in service, and an
 * {@link dev.wagi.core.internal.request.Exchange} is one request to it.
 */
@NullMarked
package dev.wagi.core.internal.request;

import org.jspecify.annotations.NullMarked;
