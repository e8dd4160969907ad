// Numbers as unsigned integers in the same order, for sorting them and for counting them by digits.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

namespace clientele {

template <typename T>
using OrderedBits = std::conditional_t<sizeof(T) == sizeof(uint32_t), uint32_t, uint64_t>;

// T is float or double. -0 is right before 0, and NaN beyond infinity on the side of its sign.
template <typename T>
OrderedBits<T> ToOrderedBits(T value) {
  constexpr OrderedBits<T> kSign = OrderedBits<T>{1} << (8 * sizeof(T) - 1);
  const auto bits = std::bit_cast<OrderedBits<T>>(value);
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

template <typename T>
T FromOrderedBits(OrderedBits<T> ordered) {
  constexpr OrderedBits<T> kSign = OrderedBits<T>{1} << (8 * sizeof(T) - 1);
  return std::bit_cast<T>((ordered & kSign) != 0 ? static_cast<OrderedBits<T>>(ordered ^ kSign)
                                                 : static_cast<OrderedBits<T>>(~ordered));
}

}  // namespace clientele
