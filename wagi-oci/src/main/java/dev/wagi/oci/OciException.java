// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci;

import dev.wagi.core.api.ModuleLoadException;

/**
 * An image cannot be had, or not be pushed. Each subclass means a different next step; the text says what failed, where, what
 * the registry said, and what to do. Text of the registry in it is escaped and cut.
 */
public abstract sealed class OciException extends ModuleLoadException {

    private static final long serialVersionUID = 1L;

    private OciException(String message) {
        super(message);
    }

    private OciException(String message, Throwable cause) {
        super(message, cause);
    }

    /**
     * The same failure with what was being done in front of its text.
     *
     * @param doing for instance {@code "cannot pull example.org/hello:v1: "}
     * @return the copy
     */
    public abstract OciException during(String doing);

    /** The registry wants other credentials, or these may not do it. Give the right ones. */
    public static final class Unauthorized extends OciException {
        private static final long serialVersionUID = 1L;

        /**
         * Without a cause.
         *
         * @param message what failed, why, and what to do about it
         */
        public Unauthorized(String message) {
            super(message);
        }

        /**
         * With the failure behind it.
         *
         * @param message what failed, why, and what to do about it
         * @param cause the failure behind it
         */
        public Unauthorized(String message, Throwable cause) {
            super(message, cause);
        }

        @Override
        public Unauthorized during(String doing) {
            return new Unauthorized(doing + getMessage(), this);
        }
    }

    /** The registry does not know the repository, the tag or the content. Correct the reference, or push it. */
    public static final class NotFound extends OciException {
        private static final long serialVersionUID = 1L;

        /**
         * Without a cause.
         *
         * @param message what failed, why, and what to do about it
         */
        public NotFound(String message) {
            super(message);
        }

        /**
         * With the failure behind it.
         *
         * @param message what failed, why, and what to do about it
         * @param cause the failure behind it
         */
        public NotFound(String message, Throwable cause) {
            super(message, cause);
        }

        @Override
        public NotFound during(String doing) {
            return new NotFound(doing + getMessage(), this);
        }
    }

    /**
     * It would take a connection that is not secure: plain HTTP, a certificate that is not trusted, a redirect from HTTPS to
     * HTTP. Name the CA's certificate, or allow it for this registry.
     */
    public static final class Insecure extends OciException {
        private static final long serialVersionUID = 1L;

        /**
         * Without a cause.
         *
         * @param message what failed, why, and what to do about it
         */
        public Insecure(String message) {
            super(message);
        }

        /**
         * With the failure behind it.
         *
         * @param message what failed, why, and what to do about it
         * @param cause the failure behind it
         */
        public Insecure(String message, Throwable cause) {
            super(message, cause);
        }

        @Override
        public Insecure during(String doing) {
            return new Insecure(doing + getMessage(), this);
        }
    }

    /** Bytes are not those that their digest or size promises. Nothing of them was kept. */
    public static final class DigestMismatch extends OciException {
        private static final long serialVersionUID = 1L;

        /**
         * Without a cause.
         *
         * @param message what failed, why, and what to do about it
         */
        public DigestMismatch(String message) {
            super(message);
        }

        /**
         * With the failure behind it.
         *
         * @param message what failed, why, and what to do about it
         * @param cause the failure behind it
         */
        public DigestMismatch(String message, Throwable cause) {
            super(message, cause);
        }

        @Override
        public DigestMismatch during(String doing) {
            return new DigestMismatch(doing + getMessage(), this);
        }
    }

    /** The image is malformed, too large, or holds something that this host cannot run. Another image is needed. */
    public static final class Unsupported extends OciException {
        private static final long serialVersionUID = 1L;

        /**
         * Without a cause.
         *
         * @param message what failed, why, and what to do about it
         */
        public Unsupported(String message) {
            super(message);
        }

        /**
         * With the failure behind it.
         *
         * @param message what failed, why, and what to do about it
         * @param cause the failure behind it
         */
        public Unsupported(String message, Throwable cause) {
            super(message, cause);
        }

        @Override
        public Unsupported during(String doing) {
            return new Unsupported(doing + getMessage(), this);
        }
    }

    /** The registry did not answer, not in time, or not sensibly, in spite of several tries. Try again later. */
    public static final class Unavailable extends OciException {
        private static final long serialVersionUID = 1L;

        /**
         * Without a cause.
         *
         * @param message what failed, why, and what to do about it
         */
        public Unavailable(String message) {
            super(message);
        }

        /**
         * With the failure behind it.
         *
         * @param message what failed, why, and what to do about it
         * @param cause the failure behind it
         */
        public Unavailable(String message, Throwable cause) {
            super(message, cause);
        }

        @Override
        public Unavailable during(String doing) {
            return new Unavailable(doing + getMessage(), this);
        }
    }

    /** The image is not here and {@link dev.wagi.core.module.PullPolicy#NEVER} forbids to fetch it. Pull it first, or change the policy. */
    public static final class NeverPulled extends OciException {
        private static final long serialVersionUID = 1L;

        /**
         * Without a cause.
         *
         * @param message what failed, why, and what to do about it
         */
        public NeverPulled(String message) {
            super(message);
        }

        /**
         * With the failure behind it.
         *
         * @param message what failed, why, and what to do about it
         * @param cause the failure behind it
         */
        public NeverPulled(String message, Throwable cause) {
            super(message, cause);
        }

        @Override
        public NeverPulled during(String doing) {
            return new NeverPulled(doing + getMessage(), this);
        }
    }

    /** A signature is required, and none of the image's is valid. Sign it, or change what is required. */
    public static final class Unsigned extends OciException {
        private static final long serialVersionUID = 1L;

        /**
         * Without a cause.
         *
         * @param message what failed, why, and what to do about it
         */
        public Unsigned(String message) {
            super(message);
        }

        /**
         * With the failure behind it.
         *
         * @param message what failed, why, and what to do about it
         * @param cause the failure behind it
         */
        public Unsigned(String message, Throwable cause) {
            super(message, cause);
        }

        @Override
        public Unsigned during(String doing) {
            return new Unsigned(doing + getMessage(), this);
        }
    }

    /** What was pulled cannot be kept, or not be read back: the disk, its permissions. Correct them. */
    public static final class StoreFailed extends OciException {
        private static final long serialVersionUID = 1L;

        /**
         * Without a cause.
         *
         * @param message what failed, why, and what to do about it
         */
        public StoreFailed(String message) {
            super(message);
        }

        /**
         * With the failure behind it.
         *
         * @param message what failed, why, and what to do about it
         * @param cause the failure behind it
         */
        public StoreFailed(String message, Throwable cause) {
            super(message, cause);
        }

        @Override
        public StoreFailed during(String doing) {
            return new StoreFailed(doing + getMessage(), this);
        }
    }

    /** The credentials that were configured cannot be read. Correct the file or the helper program that is named. */
    public static final class BadCredentials extends OciException {
        private static final long serialVersionUID = 1L;

        /**
         * Without a cause.
         *
         * @param message what failed, why, and what to do about it
         */
        public BadCredentials(String message) {
            super(message);
        }

        /**
         * With the failure behind it.
         *
         * @param message what failed, why, and what to do about it
         * @param cause the failure behind it
         */
        public BadCredentials(String message, Throwable cause) {
            super(message, cause);
        }

        @Override
        public BadCredentials during(String doing) {
            return new BadCredentials(doing + getMessage(), this);
        }
    }
}
