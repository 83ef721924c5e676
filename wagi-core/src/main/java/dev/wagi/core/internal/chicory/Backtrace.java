// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import dev.wagi.core.internal.bytecode.FunctionMethods;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * Finds which functions of a guest were running when it trapped, from the exception's stack. A compiled function is a
 * method with its index in the name, or several methods if it was split; an interpreted one is a call of our
 * interpreter, which has recorded its index ({@link InterpreterBounds#unwound}).
 */
final class Backtrace {

    /** How many functions a message names. */
    private static final int MAX_FUNCTIONS = 16;

    private static final String NO_NAMES = " (no names: build the module unstripped, wasm-opt with -g)";

    private Backtrace() {}

    /**
     * Describes them, the innermost first: {@code deep (func[0]), middle (func[1])}.
     *
     * @param interpreted the interpreted functions that the exception passed, the innermost first
     * @return empty if the stack is not known: the JVM leaves it out of some exceptions that are thrown often
     */
    static String of(Throwable failure, List<Integer> interpreted, FunctionNames names) {
        List<Integer> functions = new ArrayList<>();
        int next = 0;
        boolean isMore = false;
        String last = "";
        for (StackTraceElement frame : failure.getStackTrace()) {
            int function = FunctionMethods.function(frame.getMethodName());
            if (isInterpreter(frame)) {
                function = next < interpreted.size() ? interpreted.get(next) : FunctionMethods.NONE;
                next++;
            }
            // The pieces of a split function are methods of their own, one called by the other.
            boolean isPiece = function != FunctionMethods.NONE
                    && !functions.isEmpty()
                    && FunctionMethods.isPiece(last)
                    && functions.get(functions.size() - 1) == function;
            if (function != FunctionMethods.NONE) {
                last = frame.getMethodName();
            }
            if (function == FunctionMethods.NONE || isPiece) {
                continue;
            }
            if (functions.size() == MAX_FUNCTIONS) {
                isMore = true;
                break;
            }
            functions.add(function);
        }
        Map<Integer, String> known = names.of(new HashSet<>(functions));
        StringBuilder text = new StringBuilder();
        for (int function : functions) {
            String name = known.get(function);
            text.append(text.isEmpty() ? "" : ", ")
                    .append(name == null ? "func[" + function + "]" : name + " (func[" + function + "])");
        }
        return text + (isMore ? ", ..." : "") + (known.isEmpty() && !functions.isEmpty() ? NO_NAMES : "");
    }

    private static boolean isInterpreter(StackTraceElement frame) {
        return frame.getMethodName().equals("call")
                && (frame.getClassName().equals(GuestInterpreter.class.getName())
                        || frame.getClassName().equals(InterpretedFunctions.class.getName()));
    }
}
