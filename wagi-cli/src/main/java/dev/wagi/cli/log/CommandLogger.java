// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.log;

import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** One logger. Whether it logs at a level costs no lock: that is asked for each request. */
final class CommandLogger extends LegacyAbstractLogger {

    private static final long serialVersionUID = 1L;

    private final transient Threshold threshold;

    CommandLogger(String name) {
        this.name = name;
        this.threshold = Threshold.of(name);
    }

    private boolean isEnabled(Level level) {
        Level least = CommandLog.isVerbose() ? threshold.verbose() : threshold.level();
        return level.toInt() >= least.toInt();
    }

    @Override
    public boolean isTraceEnabled() {
        return isEnabled(Level.TRACE);
    }

    @Override
    public boolean isDebugEnabled() {
        return isEnabled(Level.DEBUG);
    }

    @Override
    public boolean isInfoEnabled() {
        return isEnabled(Level.INFO);
    }

    @Override
    public boolean isWarnEnabled() {
        return isEnabled(Level.WARN);
    }

    @Override
    public boolean isErrorEnabled() {
        return isEnabled(Level.ERROR);
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
        return null;
    }

    @Override
    protected void handleNormalizedLoggingCall(
            Level level,
            @Nullable Marker marker,
            String message,
            Object @Nullable [] arguments,
            @Nullable Throwable failure) {
        CommandLog.log(level, name, String.valueOf(MessageFormatter.basicArrayFormat(message, arguments)), failure);
    }
}
