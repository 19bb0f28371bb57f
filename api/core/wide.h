/*
 * Wide integers: 128 bits for products of two 64-bit numbers, so that an intermediate never overflows.
 *
 * Compilers for every target of ours have them, wasm32 included, but ISO C has no name for them; hence the
 * one typedef.
 *
 * Freestanding.
 */
#ifndef MYPOS_CORE_WIDE_H
#define MYPOS_CORE_WIDE_H

__extension__ typedef unsigned __int128 wide_uint;

#endif
