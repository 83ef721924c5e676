// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Thrown if a configuration cannot be used. It lists all problems, not only the first; nothing was started. */
public final class WagiConfigException extends WagiException {

    private static final long serialVersionUID = 1L;

    /** An array, because a List field would not be serializable. */
    private final Problem[] problems;

    /**
     * Creates an exception from texts.
     *
     * @param problems every problem, in display order: what is wrong, where, and what to write instead; at least one
     * @throws IllegalArgumentException if there is none
     */
    public WagiConfigException(List<String> problems) {
        this(problems.stream().map(Problem::of).toArray(Problem[]::new));
    }

    private WagiConfigException(Problem[] problems) {
        super(String.join(System.lineSeparator(), texts(problems, Remedy::toString)));
        if (problems.length == 0) {
            throw new IllegalArgumentException("problems must not be empty");
        }
        this.problems = problems;
    }

    /** One problem. Immutable. */
    public static final class Problem implements Serializable {

        private static final long serialVersionUID = 1L;

        private final String text;
        private final @Nullable Remedy remedy;

        private Problem(String text, @Nullable Remedy remedy) {
            this.text = Objects.requireNonNull(text, "text");
            this.remedy = remedy;
        }

        /**
         * Creates a problem whose text includes its remedy.
         *
         * @param text what is wrong, where, and what to write instead
         * @return the problem
         */
        public static Problem of(String text) {
            return new Problem(text, null);
        }

        /**
         * {@return a copy with a remedy that depends on the program that starts the host, and so is not in the text}
         *
         * @param choice what the caller can do about it
         */
        public Problem withRemedy(Remedy choice) {
            return new Problem(text, Objects.requireNonNull(choice, "choice"));
        }

        /** {@return what is wrong and where, and what to write instead unless there is a {@link #remedy()}} */
        public String text() {
            return text;
        }

        /** {@return what the caller can do about it; empty if it is in the text} */
        public Optional<Remedy> remedy() {
            return Optional.ofNullable(remedy);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Problem that && text.equals(that.text) && remedy == that.remedy;
        }

        @Override
        public int hashCode() {
            return Objects.hash(text, remedy);
        }

        /** Returns the text, and the remedy in terms of the Java API. */
        @Override
        public String toString() {
            return toString(Remedy::toString);
        }

        private String toString(Function<Remedy, String> words) {
            return remedy == null ? text : text + "; " + words.apply(remedy);
        }
    }

    /**
     * Creates an exception from problems that may have remedies.
     *
     * @param problems the problems in display order
     * @return the exception
     * @throws IllegalArgumentException if there is none
     */
    public static WagiConfigException of(Collection<Problem> problems) {
        return new WagiConfigException(problems.toArray(Problem[]::new));
    }

    private static List<String> texts(Problem[] problems, Function<Remedy, String> words) {
        return Arrays.stream(problems).map(problem -> problem.toString(words)).toList();
    }

    /** {@return every problem: what is wrong, where, and what to write instead; at least one} */
    public List<String> problems() {
        return problems(Remedy::toString);
    }

    /**
     * Returns the problems in the terms of a program that has its own texts for remedies.
     *
     * @param words maps a remedy to the text to show for it
     * @return every problem, with its remedy in those terms
     */
    public List<String> problems(Function<Remedy, String> words) {
        return texts(problems, words);
    }
}
