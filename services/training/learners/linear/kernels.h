// The inner loops of the linear learners, for whatever vectors the processor has.
//
// Notation: a tile is up to kTileRows rows of one shard; p dense columns; W = PaddedWidth(p). What decides where the optimum
// lies (fits, gradients) is summed in float64; the Gram matrix, which decides how fast it is reached, may be in float32
// inside a tile. Every sum is taken in a fixed order.
#pragma once

#include <cstdint>

namespace clientele::training {

// Columns of a centred tile and of its Gram matrix: p rounded up to whole vectors of any processor.
inline int PaddedWidth(int p) { return (p + 15) / 16 * 16; }

double Sum(const double* values, int count);

// fits[r] += values[r] . coefficients. `values` [rows x p].
void AddDotProducts(const float* values, int rows, int p, const double* coefficients, double* fits);

// sums[j] += sum over r of factors[r] values[r][j].
void AddScaledRows(const float* values, int rows, int p, const double* factors, double* sums);

// tile[r][j] = values[r][j] - centre[j], and 0 from p to W. `tile` [rows x W], aligned.
void CentreRows(const float* values, int rows, int p, const float* centre, float* tile);
void CentreRows(const float* values, int rows, int p, const float* centre, double* tile);

template <typename T>
struct WeightedTile {
  const T* values;   // [rows x W], aligned.
  const T* weights;  // [rows]
  int rows;
  int width;          // W
  const float* next;  // [rows x W]: what is wanted next comes from memory meanwhile. It need not be there.
};

// Adds sums over r of weights[r] values[r][i] values[r][j] to `gram` [W x W], in the processor's own order, and
// totals[j] += sum over r of weights[r] values[r][j], [W]. The sums over the tile are taken in its own precision.
// Cost: rows W^2 / 2 multiply-adds.
void AddWeightedGram(const WeightedTile<float>& tile, double* gram, double* totals);
void AddWeightedGram(const WeightedTile<double>& tile, double* gram, double* totals);
// Then gram[i][j], i <= j, are those sums. T is that of the tiles.
template <typename T>
void OrderGram(int width, double* gram);

}  // namespace clientele::training
