#include "common/model/btyd/special_functions.h"

#include <array>

namespace clientele::btyd {
namespace {

// zeta(k) - 1, k = 2 to 33: what log Gamma's series around 2 is made of.
constexpr std::array<double, 32> kZetaMinusOne = {
    0.64493406684822643647,    0.2020569031595942854,    0.082323233711138191516,  0.036927755143369926331,
    0.017343061984449139715,   0.0083492773819228268398, 0.0040773561979443393787, 0.0020083928260822144179,
    9.9457512781808533715e-4,  4.941886041194645587e-4,  2.4608655330804829864e-4, 1.2271334757848914675e-4,
    6.1248135058704829259e-5,  3.0588236307020493552e-5, 1.5282259408651871733e-5, 7.6371976378997622736e-6,
    3.8172932649998398565e-6,  1.9082127165539389257e-6, 9.5396203387279611315e-7, 4.7693298678780646312e-7,
    2.3845050272773299e-7,     1.1921992596531107307e-7, 5.9608189051259479612e-8, 2.9803503514652280186e-8,
    1.4901554828365041235e-8,  7.450711789835429492e-9,  3.7253340247884570548e-9, 1.8626597235130490064e-9,
    9.3132743241966818287e-10, 4.656629065033784073e-10, 2.328311833676505492e-10, 1.1641550172700519776e-10};
constexpr double kOneMinusEuler = 0.4227843350984671393934879;
constexpr double kHalfLogTwoPi = 0.9189385332046727417803297;

// From here on Stirling's series: its ninth term is below the last bit.
constexpr double kAsymptotic = 10;
// B_2k, k = 1 to 8, of the Bernoulli numbers.
constexpr std::array<double, 8> kBernoulli = {1.0 / 6,  -1.0 / 30,     1.0 / 42, -1.0 / 30,
                                              5.0 / 66, -691.0 / 2730, 7.0 / 6,  -3617.0 / 510};

// log Gamma(2 + z), |z| <= 1/2.
double LogGammaAroundTwo(double z) {
  double series = 0;
  for (int k = static_cast<int>(kZetaMinusOne.size()) + 1; k >= 2; --k) series = kZetaMinusOne[k - 2] / k - z * series;
  return z * (kOneMinusEuler + z * series);
}

// Sum over k of B_2k scale(k) / x^(2k), k = 1 to 8.
template <typename Scale>
double BernoulliSeries(double x, Scale scale) {
  const double inverse_square = 1 / (x * x);
  double series = 0;
  for (int k = static_cast<int>(kBernoulli.size()); k >= 1; --k) {
    series = inverse_square * (kBernoulli[k - 1] * scale(k) + series);
  }
  return series;
}

// What Stirling's formula (x - 1/2) log x - x + log(2 pi) / 2 leaves of log Gamma(x), and its slopes.
double StirlingRest(double x) {
  return x * BernoulliSeries(x, [](int k) { return 1.0 / (2 * k * (2 * k - 1)); });
}
double StirlingRestSlope(double x) {
  return -BernoulliSeries(x, [](int k) { return 1.0 / (2 * k); });
}
double StirlingRestCurvature(double x) {
  return BernoulliSeries(x, [](int) { return 1.0; }) / x;
}

}  // namespace

double Expm1(double x) {
  if (x < -0.5 || x > 0.5) return Exp(x) - 1;
  constexpr int kTerms = 16;
  double series = 1;  // 1 + x/2 (1 + x/3 (1 + ...)).
  for (int n = kTerms; n >= 2; --n) series = 1 + x / n * series;
  return x * series;
}

double LogGamma(double x) {
  if (x >= kAsymptotic) return (x - 0.5) * Log(x) - x + (kHalfLogTwoPi + StirlingRest(x));
  if (x < 0.5) return LogGammaAroundTwo(x) - Log1p(x) - Log(x);
  if (x < 1.5) return LogGammaAroundTwo(x - 1) - Log1p(x - 1);
  double product = 1;
  while (x > 2.5) {
    x -= 1;
    product *= x;
  }
  return LogGammaAroundTwo(x - 2) + Log(product);
}

double Digamma(double x) {
  double below = 0;
  for (; x < kAsymptotic; x += 1) below += 1 / x;
  return Log(x) - 0.5 / x + StirlingRestSlope(x) - below;
}

double Trigamma(double x) {
  double below = 0;
  for (; x < kAsymptotic; x += 1) below += 1 / (x * x);
  return below + (1 / x + 0.5 / (x * x) + StirlingRestCurvature(x));
}

double LogGammaRise(double x, double n) {
  if (x < kAsymptotic) return LogGamma(x + n) - LogGamma(x);
  const double log_ratio = Log1p(n / x);
  return n * Log(x) + ((x - 0.5 + n) * log_ratio - n) + (StirlingRest(x + n) - StirlingRest(x));
}

double DigammaRise(double x, double n) {
  double rise = 0;
  for (; x < kAsymptotic; x += 1) rise += n / (x * (x + n));
  return rise + (Log1p(n / x) + 0.5 * n / (x * (x + n)) + (StirlingRestSlope(x + n) - StirlingRestSlope(x)));
}

double TrigammaRise(double x, double n) {
  double fall = 0;
  for (; x < kAsymptotic; x += 1) fall += n * (2 * x + n) / (x * x * (x + n) * (x + n));
  const double end = x + n;
  fall += n / (x * end) + 0.5 * n * (x + end) / (x * x * end * end);
  return StirlingRestCurvature(end) - StirlingRestCurvature(x) - fall;
}

double LogBeta(double x, double y) {
  return x < y ? LogGamma(x) - LogGammaRise(y, x) : LogGamma(y) - LogGammaRise(x, y);
}

}  // namespace clientele::btyd
