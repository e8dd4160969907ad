#include "services/training/learners/lifetime_value/train.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/model/btyd/gamma_gamma.h"
#include "common/model/lifetime_value/purchase_models.h"
#include "services/training/learners/btyd/gamma_gamma_likelihood.h"
#include "services/training/learners/checks.h"
#include "services/training/learners/lifetime_value/bootstrap.h"
#include "services/training/learners/lifetime_value/fitted_distribution.h"
#include "services/training/learners/lifetime_value/histories.h"
#include "services/training/learners/lifetime_value/likelihoods.h"
#include "services/training/learners/lifetime_value/parameters.h"
#include "services/training/learners/lifetime_value/summary_features.h"

namespace clientele::training {
namespace {

using model::HistoryColumns;
using model::v1::FittedDistribution;
using model::v1::LifetimeValueModel;
using model::v1::LifetimeValueParameters;
using Names = google::protobuf::RepeatedPtrField<std::string>;

// The covariates of one fit. A column that moves two things is read twice, which is simple.
struct Covariates {
  std::vector<int> columns;                     // Of the model.
  std::vector<btyd::CovariateEffect> effects;   // Of columns 0, 1, ... of those.
  std::vector<FittedColumn> fitted;
};

HistoryColumns ColumnsOf(const SummaryFeatures& summary, const model::RowEncoder& encoder, bool whole_units) {
  return {.frequency = encoder.first_column(summary.frequency),
          .recency = encoder.first_column(summary.recency),
          .age = encoder.first_column(summary.age),
          .monetary = encoder.first_column(summary.monetary),
          .historic_value = summary.historic_value ? encoder.first_column(*summary.historic_value) : -1,
          .whole_units = whole_units};
}

class Trainer {
 public:
  Trainer(const TrainingMatrix& matrix, const model::Schema& schema, const model::RowEncoder& encoder,
          const LifetimeValueParameters& parameters, uint64_t seed, Communicator& communicator, int threads,
          const StopToken& stop, const LearnerProgress& progress)
      : matrix_(matrix), schema_(schema), encoder_(encoder), parameters_(parameters), seed_(seed), communicator_(communicator),
        threads_(threads), stop_(stop), progress_(progress) {}

  absl::StatusOr<LifetimeValueModel> Train() {
    CLIENTELE_ASSIGN_OR_RETURN(const SummaryFeatures summary, FindSummary(parameters_, schema_));
    const bool whole_units = parameters_.purchase_model() == LifetimeValueParameters::PURCHASE_MODEL_BG_BB;
    columns_ = ColumnsOf(summary, encoder_, whole_units);
    SetFeatures(summary);
    Tell(progress_, 0.1, "purchases");
    CLIENTELE_RETURN_IF_ERROR(FitPurchases());
    Tell(progress_, 0.8, "spend");
    CLIENTELE_RETURN_IF_ERROR(FitSpend());
    return std::move(model_);
  }

 private:
  void SetFeatures(const SummaryFeatures& summary) {
    model_.set_purchase_model(parameters_.purchase_model());
    model_.set_days_per_unit(summary.days_per_unit);
    model_.set_frequency_feature(summary.frequency);
    model_.set_recency_feature(summary.recency);
    model_.set_age_feature(summary.age);
    model_.set_monetary_feature(summary.monetary);
    if (summary.historic_value) model_.set_historic_value_feature(*summary.historic_value);
    model_.set_horizon_days(parameters_.horizon_days());
    model_.set_annual_discount_rate(parameters_.annual_discount_rate());
    model_.set_margin(parameters_.margin());
    model_.set_interval_coverage(parameters_.interval_coverage());
    *model_.mutable_tiers() = parameters_.tiers();
  }

  absl::Status FitPurchases() {
    const auto& spec = *model::FindPurchaseModel(parameters_.purchase_model());
    Covariates covariates;
    CLIENTELE_RETURN_IF_ERROR(AddCovariates(parameters_.purchase_covariates(), model::kPurchaseRateEffect, spec.purchase_rate,
                                            "purchase_covariates", covariates));
    CLIENTELE_RETURN_IF_ERROR(
        AddCovariates(parameters_.dropout_covariates(), model::kDropoutEffect, spec.dropout, "dropout_covariates", covariates));
    CLIENTELE_ASSIGN_OR_RETURN(const FitRows rows,
                               GatherHistories(matrix_, columns_, covariates.columns, communicator_, threads_));
    double weight = 0, repeats = 0;
    for (size_t i = 0; i < rows.weights.size(); ++i) {
      weight += rows.weights[i];
      repeats += rows.first[i] * rows.weights[i];
      model_.set_mean_recency(model_.mean_recency() + rows.second[i] * rows.weights[i]);
      model_.set_mean_age(model_.mean_age() + rows.third[i] * rows.weights[i]);
    }
    if (!(repeats > 0)) return NotReady("nobody has bought again, and without that purchases cannot be modelled");
    model_.set_mean_frequency(repeats / weight);
    model_.set_mean_recency(model_.mean_recency() / weight);
    model_.set_mean_age(model_.mean_age() / weight);
    const PurchaseLikelihood& likelihood = *FindPurchaseLikelihood(parameters_.purchase_model());
    CLIENTELE_ASSIGN_OR_RETURN(*model_.mutable_purchases(), Fit(*likelihood.make(), likelihood.traits, likelihood.draw, rows, covariates));
    return absl::OkStatus();
  }

  absl::Status FitSpend() {
    Covariates covariates;
    CLIENTELE_RETURN_IF_ERROR(AddCovariates(parameters_.spend_covariates(), model::kSpendEffect, model::kSpendDirection,
                                            "spend_covariates", covariates));
    CLIENTELE_ASSIGN_OR_RETURN(const FitRows rows,
                               GatherSpends(matrix_, columns_, covariates.columns, communicator_, threads_));
    if (rows.first.empty()) return NotReady("no repeat purchase has brought money, and without that spend cannot be modelled");
    double weight = 0, sum = 0;
    for (size_t i = 0; i < rows.weights.size(); ++i) {
      weight += rows.weights[i];
      sum += rows.second[i] * rows.weights[i];
    }
    model_.set_mean_monetary(sum / weight);
    CLIENTELE_ASSIGN_OR_RETURN(*model_.mutable_spend(),
                               Fit(btyd::GammaGammaLikelihood(), &btyd::GammaGammaTraits, &DrawSpend, rows, covariates));
    return absl::OkStatus();
  }

  absl::Status AddCovariates(const Names& features, absl::string_view moved, const model::Direction& direction,
                             absl::string_view field, Covariates& covariates) const {
    for (const std::string& name : features) {
      const auto found = std::find_if(schema_.begin(), schema_.end(),
                                      [&name](const auto& column) { return column.feature().name() == name; });
      const auto feature = static_cast<int>(found - schema_.begin());
      const bool is_history = found != schema_.end() && (found->feature().has_purchase_summary() ||
                                                         encoder_.first_column(feature) == columns_.historic_value);
      if (found == schema_.end() || is_history) {
        return InvalidField(absl::StrCat("lifetime_value.", field),
                            absl::StrCat("\"", name, "\" is no covariate: it is ",
                                         is_history ? "a part of the purchase history" : "not among dataset.features"));
      }
      for (int column = encoder_.first_column(feature); column < encoder_.first_column(feature + 1); ++column) {
        covariates.effects.push_back({static_cast<int>(covariates.columns.size()), direction});
        covariates.columns.push_back(column);
        covariates.fitted.push_back({moved, encoder_.columns()[column].name, column});
      }
    }
    return absl::OkStatus();
  }

  template <typename Traits>
  absl::StatusOr<FittedDistribution> Fit(const btyd::Likelihood& likelihood, Traits traits, DrawRow draw,
                                         const FitRows& rows, const Covariates& covariates) const {
    const btyd::BtydFitOptions options = {.threads = threads_,
                                          .coefficient_penalty = parameters_.covariate_l2_penalty(),
                                          .max_iterations = parameters_.max_iterations()};
    const btyd::BtydCovariates columns = {rows.covariates, static_cast<int>(covariates.columns.size()),
                                          covariates.effects};
    CLIENTELE_ASSIGN_OR_RETURN(
        const btyd::BtydFit fit,
        btyd::FitBtyd(likelihood, traits(rows.rows(), rows.weights), rows.rows(), rows.weights, columns, options, stop_));
    FittedDistribution fitted = ToMessage(fit, likelihood.parameter_names(), covariates.fitted);
    if (parameters_.bootstrap_replicates() > 0) {
      CLIENTELE_RETURN_IF_ERROR(AddBootstrap({likelihood, traits, draw, rows, columns, options},
                                             parameters_.bootstrap_replicates(), seed_, stop_, fitted));
    }
    return fitted;
  }

  const TrainingMatrix& matrix_;
  const model::Schema& schema_;
  const model::RowEncoder& encoder_;
  const LifetimeValueParameters parameters_;
  const uint64_t seed_;
  Communicator& communicator_;
  const int threads_;
  const StopToken& stop_;
  const LearnerProgress& progress_;
  HistoryColumns columns_;
  LifetimeValueModel model_;
};

}  // namespace

absl::StatusOr<LifetimeValueModel> TrainLifetimeValue(const TrainingMatrix& matrix, const model::Schema& schema,
                                                      const model::RowEncoder& encoder,
                                                      const LifetimeValueParameters& parameters, uint64_t seed,
                                                      Communicator& communicator, int threads, const StopToken& stop,
                                                      const LearnerProgress& progress) {
  absl::StatusOr<LifetimeValueModel> model =
      Trainer(matrix, schema, encoder, WithDefaults(parameters), seed, communicator, threads, stop, progress).Train();
  if (!model.ok()) communicator.Abort(model.status());
  return model;
}

}  // namespace clientele::training
