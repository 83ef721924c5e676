/**
 * A request on its way to a response: {@link dev.wagi.core.internal.request.Deployment} is what is served,
 * {@link dev.wagi.core.internal.request.Exchange} one request of it.
 */
@NullMarked
package dev.wagi.core.internal.request;

import org.jspecify.annotations.NullMarked;
