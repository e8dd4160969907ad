#include "services/training/learners/btyd/profile.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "common/base/status_macros.h"
#include "services/training/learners/btyd/diagnosis.h"

namespace clientele::training::btyd {
namespace {

constexpr double kFarthest = 25;  // In log parameters: what is left of the rest is 1e-11.
constexpr double kLongestStep = 4;
constexpr double kSteepest = 20;
constexpr int kMostPoints = 60;
constexpr double kCloseEnough = 0.05;  // Of the root: the rest is taken along the tangent, and a tenth of that is left.
constexpr double kInnerShare = 0.02;   // Of the fall: how near their best the others are searched.

// The profile at one value of the unknown.
struct Point {
  double distance = 0;    // From the maximum, to the side.
  double root = 0;        // sqrt(2 fall); infinite where the likelihood is none.
  double slope = 0;       // Of the root in the distance.
  Eigen::VectorXd along;  // Of all unknowns in the distance, the others staying at their best.
  std::vector<double> eta;
};

class Search {
 public:
  Search(FitObjective& objective, const Maximum& best, int unknown, Side side, double fall, int max_iterations,
         const StopToken& stop)
      : objective_(objective),
        best_(best),
        unknown_(unknown),
        sign_(side == Side::kAbove ? 1 : -1),
        target_(std::sqrt(2 * fall)),
        rule_{max_iterations, kInnerShare * fall},
        stop_(stop),
        free_(objective.size(), true),
        inside_(PointOf(best.eta, best.at, 0)) {
    free_[unknown] = false;
  }

  absl::StatusOr<ProfileBound> Find() {
    double distance = FirstDistance();
    for (int points = 0; points < kMostPoints; ++points) {
      CLIENTELE_ASSIGN_OR_RETURN(const Point point, At(distance));
      if (std::abs(point.root - target_) <= kCloseEnough * target_) return ProfileBound{Corrected(point), true};
      if (point.root < target_ && distance >= kFarthest) return ProfileBound{point.eta, false};
      if (point.root < target_) {
        inside_ = point;
      } else {
        outside_ = distance;
      }
      if (outside_ - inside_.distance < 1e-9 * outside_) break;  // A jump: the likelihood ends here.
      distance = Next(point);
    }
    return ProfileBound{inside_.eta, true};
  }

 private:
  double FirstDistance() const {
    const double variance = ProfileVariance(best_.at, unknown_);
    return variance > 0 ? std::min(target_ * std::sqrt(variance), kLongestStep) : kLongestStep;
  }

  // A step of Newton's method for the root, within the bracket. A root that would not get there in all the way that is
  // left is looked at from the far end: there it is either flat or bracketed.
  double Next(const Point& point) const {
    const double newton = point.slope > 0 && std::isfinite(point.root)
                              ? point.distance + (target_ - point.root) / point.slope
                              : std::numeric_limits<double>::infinity();
    const double inside = inside_.distance;
    if (std::isinf(outside_)) {
      if (newton >= kFarthest) return kFarthest;
      return std::min(std::max(newton, 1.01 * inside), std::min(inside + kLongestStep, kFarthest));
    }
    const double margin = 0.02 * (outside_ - inside);
    return newton > inside + margin && newton < outside_ - margin ? newton : 0.5 * (inside + outside_);
  }

  // The others at their best, from where the last point within says they are, or else from where they were.
  absl::StatusOr<Point> At(double distance) const {
    for (const double share : {1.0, 0.0}) {
      const std::vector<double> start = Moved(inside_, distance - inside_.distance, share);
      CLIENTELE_ASSIGN_OR_RETURN(const Maximum at, Maximise(objective_, start, free_, rule_, stop_));
      if (std::isfinite(at.at.value)) return PointOf(at.eta, at.at, distance);
    }
    Point point;
    point.distance = distance;
    point.root = std::numeric_limits<double>::infinity();
    return point;
  }

  std::vector<double> Moved(const Point& from, double step, double share) const {
    std::vector<double> eta = from.eta;
    for (int i = 0; i < objective_.size(); ++i) {
      eta[i] += step * (i == unknown_ ? sign_ : share * from.along[i]);
      if (i < objective_.parameters()) eta[i] = std::clamp(eta[i], -kFarthestLog, kFarthestLog);
    }
    return eta;
  }

  std::vector<double> Corrected(const Point& point) const {
    return point.slope > 0 ? Moved(point, (target_ - point.root) / point.slope, 1) : point.eta;
  }

  Point PointOf(std::vector<double> eta, const ObjectiveValue& at, double distance) const {
    Point point;
    point.distance = distance;
    const int width = objective_.size();
    const Eigen::VectorXd gradient = Eigen::Map<const Eigen::VectorXd>(at.gradient.data(), width);
    const Eigen::MatrixXd curvature = -Eigen::Map<const Eigen::MatrixXd>(at.hessian.data(), width, width);
    Eigen::MatrixXd of_others = curvature;
    of_others.row(unknown_).setZero();
    of_others.col(unknown_).setZero();
    of_others(unknown_, unknown_) = 1;
    const Eigen::FullPivLU<Eigen::MatrixXd> factors(of_others);
    // Of the others' part of `right`. On a ridge, where that is no number, they stay.
    const auto solve = [&](Eigen::VectorXd right) -> Eigen::VectorXd {
      right[unknown_] = 0;
      const Eigen::VectorXd moves = factors.solve(right);
      return moves.allFinite() && moves.cwiseAbs().maxCoeff() <= kSteepest ? moves : Eigen::VectorXd::Zero(width);
    };
    point.along = solve(-sign_ * curvature.col(unknown_));
    point.along[unknown_] = sign_;
    const double left = 0.5 * gradient.dot(solve(gradient));  // What the others still gain at their best.
    point.root = std::sqrt(2 * std::max(0.0, best_.at.value - at.value - left));
    point.slope = point.root > 0 ? -gradient.dot(point.along) / point.root : 0;
    point.eta = std::move(eta);
    return point;
  }

  FitObjective& objective_;
  const Maximum& best_;
  const int unknown_;
  const double sign_, target_;
  const StoppingRule rule_;
  const StopToken& stop_;
  std::vector<bool> free_;
  Point inside_;  // The farthest known to be within.
  double outside_ = std::numeric_limits<double>::infinity();
};

}  // namespace

absl::StatusOr<ProfileBound> FindProfileBound(FitObjective& objective, const Maximum& best, int unknown, Side side,
                                              double fall, int max_iterations, const StopToken& stop) {
  return Search(objective, best, unknown, side, fall, max_iterations, stop).Find();
}

}  // namespace clientele::training::btyd
