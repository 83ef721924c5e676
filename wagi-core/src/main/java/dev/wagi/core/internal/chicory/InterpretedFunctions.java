// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.MStack;
import com.dylibso.chicory.runtime.StackFrame;
import com.dylibso.chicory.runtime.internal.CompilerInterpreterMachine;
import com.dylibso.chicory.wasm.types.FunctionType;
import java.util.Deque;

/**
 * The interpreter of those functions of a compiled module that are too large for the JVM, within
 * {@link InterpreterBounds}. Public because compiled code makes it.
 */
public final class InterpretedFunctions extends CompilerInterpreterMachine {

    private final InterpreterBounds bounds = InterpreterBounds.current();

    /**
     * Called by compiled code.
     *
     * @param functions the indices of the functions
     */
    public InterpretedFunctions(Instance instance, int[] functions) {
        super(instance, functions);
    }

    @Override
    protected long[] call(
            MStack stack,
            Instance instance,
            Deque<StackFrame> callStack,
            int function,
            long[] arguments,
            FunctionType type,
            boolean popResults) {
        int bytes = bounds.enter(function);
        try {
            return super.call(stack, instance, callStack, function, arguments, type, popResults);
        } catch (RuntimeException | StackOverflowError e) {
            bounds.unwound(function, e);
            throw e;
        } finally {
            bounds.leave(bytes);
        }
    }
}
