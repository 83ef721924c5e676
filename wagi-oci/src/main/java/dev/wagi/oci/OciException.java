// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci;

import dev.wagi.core.api.ModuleLoadException;

/**
 * An image cannot be pulled or pushed. Each subclass calls for a different remedy; the message says what failed, where,
 * what the registry answered, and what to do. Text from the registry is escaped and truncated.
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
     * Returns a copy of this exception whose message starts with the operation that failed.
     *
     * @param doing the operation, for instance {@code "cannot pull example.org/hello:v1: "}
     * @return the copy
     */
    public abstract OciException during(String doing);

    /** The registry rejects the credentials, or they do not permit the operation. Configure other credentials. */
    public static final class Unauthorized extends OciException {
        private static final long serialVersionUID = 1L;

        /**
         * Creates an exception without a cause.
         *
         * @param message what failed, why, and what to do about it
         */
        public Unauthorized(String message) {
            super(message);
        }

        /**
         * Creates an exception with a cause.
         *
         * @param message what failed, why, and what to do about it
         * @param cause the underlying failure
         */
        public Unauthorized(String message, Throwable cause) {
            super(message, cause);
        }

        @Override
        public Unauthorized during(String doing) {
            return new Unauthorized(doing + getMessage(), this);
        }
    }

    /** The registry does not have the repository, the tag or the content. Correct the reference, or push the image. */
    public static final class NotFound extends OciException {
        private static final long serialVersionUID = 1L;

        /**
         * Creates an exception without a cause.
         *
         * @param message what failed, why, and what to do about it
         */
        public NotFound(String message) {
            super(message);
        }

        /**
         * Creates an exception with a cause.
         *
         * @param message what failed, why, and what to do about it
         * @param cause the underlying failure
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
     * The operation would need an insecure connection: plain HTTP, an untrusted certificate, or a redirect from HTTPS
     * to HTTP. Configure the CA's certificate, or declare the registry insecure.
     */
    public static final class Insecure extends OciException {
        private static final long serialVersionUID = 1L;

        /**
         * Creates an exception without a cause.
         *
         * @param message what failed, why, and what to do about it
         */
        public Insecure(String message) {
            super(message);
        }

        /**
         * Creates an exception with a cause.
         *
         * @param message what failed, why, and what to do about it
         * @param cause the underlying failure
         */
        public Insecure(String message, Throwable cause) {
            super(message, cause);
        }

        @Override
        public Insecure during(String doing) {
            return new Insecure(doing + getMessage(), this);
        }
    }

    /** The bytes received do not match their digest or size. None of them were stored. */
    public static final class DigestMismatch extends OciException {
        private static final long serialVersionUID = 1L;

        /**
         * Creates an exception without a cause.
         *
         * @param message what failed, why, and what to do about it
         */
        public DigestMismatch(String message) {
            super(message);
        }

        /**
         * Creates an exception with a cause.
         *
         * @param message what failed, why, and what to do about it
         * @param cause the underlying failure
         */
        public DigestMismatch(String message, Throwable cause) {
            super(message, cause);
        }

        @Override
        public DigestMismatch during(String doing) {
            return new DigestMismatch(doing + getMessage(), this);
        }
    }

    /** The image is malformed, too large, or contains something that this host cannot run. Use another image. */
    public static final class Unsupported extends OciException {
        private static final long serialVersionUID = 1L;

        /**
         * Creates an exception without a cause.
         *
         * @param message what failed, why, and what to do about it
         */
        public Unsupported(String message) {
            super(message);
        }

        /**
         * Creates an exception with a cause.
         *
         * @param message what failed, why, and what to do about it
         * @param cause the underlying failure
         */
        public Unsupported(String message, Throwable cause) {
            super(message, cause);
        }

        @Override
        public Unsupported during(String doing) {
            return new Unsupported(doing + getMessage(), this);
        }
    }

    /** The registry did not respond, or not in time or not correctly, after several attempts. Try again later. */
    public static final class Unavailable extends OciException {
        private static final long serialVersionUID = 1L;

        /**
         * Creates an exception without a cause.
         *
         * @param message what failed, why, and what to do about it
         */
        public Unavailable(String message) {
            super(message);
        }

        /**
         * Creates an exception with a cause.
         *
         * @param message what failed, why, and what to do about it
         * @param cause the underlying failure
         */
        public Unavailable(String message, Throwable cause) {
            super(message, cause);
        }

        @Override
        public Unavailable during(String doing) {
            return new Unavailable(doing + getMessage(), this);
        }
    }

    /**
     * The image is not in the store and {@link dev.wagi.core.module.PullPolicy#NEVER} forbids pulling it. Pull it
     * first, or change the policy.
     */
    public static final class NeverPulled extends OciException {
        private static final long serialVersionUID = 1L;

        /**
         * Creates an exception without a cause.
         *
         * @param message what failed, why, and what to do about it
         */
        public NeverPulled(String message) {
            super(message);
        }

        /**
         * Creates an exception with a cause.
         *
         * @param message what failed, why, and what to do about it
         * @param cause the underlying failure
         */
        public NeverPulled(String message, Throwable cause) {
            super(message, cause);
        }

        @Override
        public NeverPulled during(String doing) {
            return new NeverPulled(doing + getMessage(), this);
        }
    }

    /** A signature is required, and the image has no valid one. Sign the image, or change the requirement. */
    public static final class Unsigned extends OciException {
        private static final long serialVersionUID = 1L;

        /**
         * Creates an exception without a cause.
         *
         * @param message what failed, why, and what to do about it
         */
        public Unsigned(String message) {
            super(message);
        }

        /**
         * Creates an exception with a cause.
         *
         * @param message what failed, why, and what to do about it
         * @param cause the underlying failure
         */
        public Unsigned(String message, Throwable cause) {
            super(message, cause);
        }

        @Override
        public Unsigned during(String doing) {
            return new Unsigned(doing + getMessage(), this);
        }
    }

    /** Pulled content cannot be stored or read back. Check the disk and its permissions. */
    public static final class StoreFailed extends OciException {
        private static final long serialVersionUID = 1L;

        /**
         * Creates an exception without a cause.
         *
         * @param message what failed, why, and what to do about it
         */
        public StoreFailed(String message) {
            super(message);
        }

        /**
         * Creates an exception with a cause.
         *
         * @param message what failed, why, and what to do about it
         * @param cause the underlying failure
         */
        public StoreFailed(String message, Throwable cause) {
            super(message, cause);
        }

        @Override
        public StoreFailed during(String doing) {
            return new StoreFailed(doing + getMessage(), this);
        }
    }

    /** The configured credentials cannot be read. Correct the file or the helper program that the message names. */
    public static final class BadCredentials extends OciException {
        private static final long serialVersionUID = 1L;

        /**
         * Creates an exception without a cause.
         *
         * @param message what failed, why, and what to do about it
         */
        public BadCredentials(String message) {
            super(message);
        }

        /**
         * Creates an exception with a cause.
         *
         * @param message what failed, why, and what to do about it
         * @param cause the underlying failure
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
