/**
 * The command {@code wagi}, an application around the libraries: {@code serve}, {@code routes}, {@code check},
 * {@code request}, {@code pull}, {@code inspect} and {@code push}, one class each.
 *
 * <p>Standard output is for results, everything else goes to standard error. Exit codes are 0, 1 for a problem with the
 * configuration or while running, 2 for a wrong command line, 3 if the heap is exhausted or stopping takes too long.
 */
@NullMarked
package dev.wagi.cli;

import org.jspecify.annotations.NullMarked;
