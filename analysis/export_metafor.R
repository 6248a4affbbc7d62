suppressMessages(library(metafor))
options(digits = 17)

# One row for each study of each analysis; `yi` and `vi` are on the log scale for ratios.
here <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
here <- if (length(here)) dirname(here[1]) else "."
# Words stay words: R would read T and F as logical, and 007 as the number 7.
data <- read.csv(file.path(here, "effects.csv"), encoding = "UTF-8", na.strings = "",
                 colClasses = "character")
for (cell in intersect(c("yi", "vi", "ni", "at", "ai", "bi", "ci", "di"), names(data))) {
  data[[cell]] <- as.numeric(data[[cell]])
}

found <- list()
put <- function(path, values) {
  for (name in names(values)) {
    value <- values[[name]]
    if (length(value) != 1 || is.na(value)) next
    found[[paste(path, name, sep = ".")]] <<- as.numeric(value)
  }
}
quiet <- function(expression) {
  tryCatch(suppressWarnings(expression), error = function(e) NULL)
}
of <- function(id) data[data$analysis == id, ]
ratio <- function(d) d$measure[1] %in% c("HR", "OR", "RR", "IRR", "ROM")
printed <- function(x, d) if (ratio(d)) exp(x) else x

# metafor's own tolerances stop some iterations after five digits.
control <- function(yi) {
  scale <- max(1, if (length(yi) > 1) var(yi) else 0)
  list(threshold = 1e-14 * scale, tol = 1e-14 * scale, maxiter = 10000,
       tau2.max = 1000 * scale * max(2, length(yi)))
}
fit_of <- function(d, method, test, level) {
  quiet(rma(d$yi, d$vi, method = method, test = if (nrow(d) > 1) test else "z", level = level,
            slab = d$study, control = control(d$yi)))
}

# ---- the pooled result ----------------------------------------------------------------------

result <- function(path, r, d, prediction = NULL) {
  if (is.null(r)) return(invisible())
  put(path, list(mu = c(r$beta), se = r$se, statistic = r$zval, pval = r$pval, ci_lb = r$ci.lb,
    ci_ub = r$ci.ub, est = printed(c(r$beta), d), est_lb = printed(r$ci.lb, d),
    est_ub = printed(r$ci.ub, d), tau2 = r$tau2, qe = r$QE, qe_pval = r$QEp))
  if (r$k > 1) put(path, list(i2 = r$I2, h2 = r$H2))
  if (is.null(prediction) || r$method %in% c("EE", "FE") || r$k < 2) return(invisible())
  if (prediction == "normal" && r$test != "z") return(invisible())
  p <- if (prediction == "normal") predict(r)
       else if (prediction == "t(k-1)") predict(r, pi.type = "t")
       else if (r$k > 2) predict(r, pi.type = "riley")
  if (!is.null(p)) put(path, list(pi_lb = p$pi.lb, pi_ub = p$pi.ub))
}
pooled <- function(path, d, method, test, level, prediction) {
  r <- fit_of(d, method, test, level)
  result(path, r, d, prediction)
  if (is.null(r)) return(NULL)
  if (method != "EE" && r$k > 1) {
    put(path, list(se_tau2 = r$se.tau2))
    z <- fit_of(d, method, "z", level)
    ci <- quiet(confint(z, level = level, control = control(d$yi))$random)
    if (!is.null(ci)) put(path, list(tau2_lb = ci["tau^2", "ci.lb"], tau2_ub = ci["tau^2", "ci.ub"]))
  }
  w <- weights(r)
  for (i in seq_along(w)) put(paste(path, "rows", d$study[i], sep = "."), list(weight = w[i]))
  r
}
counted <- function(path, d, how, level, add, to) {
  r <- if (how == "peto") rma.peto(ai = d$ai, bi = d$bi, ci = d$ci, di = d$di, level = level)
       else rma.mh(ai = d$ai, bi = d$bi, ci = d$ci, di = d$di, measure = d$measure[1],
                   level = level, add = c(add, 0), to = c(to, "none"))
  put(path, list(mu = c(r$beta), se = r$se, statistic = r$zval, pval = r$pval, ci_lb = r$ci.lb,
    ci_ub = r$ci.ub, est = printed(c(r$beta), d), qe = r$QE, qe_pval = r$QEp))
}

# ---- without each study, as they accumulate, and what each does -----------------------------

refits <- function(path, x, d, order = seq_len(nrow(d))) {
  if (is.null(x)) return(invisible())
  for (i in seq_along(order)) {
    put(paste(path, d$study[order[i]], sep = "."), list(
      est = printed(x$estimate[i], d), est_lb = printed(x$ci.lb[i], d),
      est_ub = printed(x$ci.ub[i], d), pval = x$pval[i],
      tau2 = if (is.null(x$tau2)) 0 else x$tau2[i], i2 = x$I2[i]))
  }
}
omitted <- function(path, r, d) refits(path, quiet(leave1out(r)), d)
cumulated <- function(path, d, method, test, level) {
  order <- order(d$at, d$study, method = "radix", na.last = NA)
  # The first study alone has no Hartung-Knapp interval.
  for (n in seq_along(order)) {
    part <- d[order[seq_len(n)], ]
    r <- fit_of(part, method, test, level)
    if (is.null(r)) next
    here <- paste(path, d$study[order[n]], sep = ".")
    put(here, list(est = printed(c(r$beta), d), tau2 = r$tau2))
    if (n > 1 || test == "z") put(here, list(est_lb = printed(r$ci.lb, d),
      est_ub = printed(r$ci.ub, d), pval = r$pval))
  }
}
influenced <- function(path, r, d) {
  x <- quiet(influence(r))
  if (is.null(x)) return(invisible())
  for (i in seq_len(nrow(d))) put(paste(path, d$study[i], sep = "."), list(
    rstudent = x$inf$rstudent[i], dffits = x$inf$dffits[i], cook_d = x$inf$cook.d[i],
    cov_r = x$inf$cov.r[i], tau2_del = x$inf$tau2.del[i], qe_del = x$inf$QE.del[i],
    hat = x$inf$hat[i], weight = x$inf$weight[i], dfbs = x$dfbs$intrcpt[i]))
}

# ---- groups and moderators ------------------------------------------------------------------

# `cells`: the groups as the table has them, where that is not as they are named.
grouped <- function(path, d, group, names, method, test, level, tau2, prediction, cells = names) {
  g <- d[[group]]
  keep <- !is.na(g)
  d <- d[keep, ]
  g <- factor(g[keep], levels = cells, labels = names)
  if (length(names) < 2) {
    for (n in names) {
      here <- paste(path, "groups", n, sep = ".")
      result(here, fit_of(d, method, test, level), d, prediction)
    }
    return(invisible())
  }
  if (tau2 == "separate" || method == "EE") {
    each <- lapply(names, function(n) fit_of(d[g == n, ], method, test, level))
    for (i in seq_along(names)) {
      result(paste(path, "groups", names[i], sep = "."), each[[i]], d, prediction)
    }
    mu <- sapply(each, function(r) c(r$beta))
    se <- sapply(each, function(r) r$se)
    b <- quiet(rma(mu, sei = se, mods = ~ factor(names), method = "FE"))
  } else {
    con <- control(d$yi)
    r <- quiet(rma(yi, vi, mods = ~ 0 + g, data = d, method = method, test = test, level = level,
                   control = con))
    if (!is.null(r)) for (i in seq_along(names)) {
      put(paste(path, "groups", names[i], sep = "."), list(mu = c(r$beta)[i], se = r$se[i],
        ci_lb = r$ci.lb[i], ci_ub = r$ci.ub[i], pval = r$pval[i], tau2 = r$tau2))
    }
    b <- quiet(rma(yi, vi, mods = ~ g, data = d, method = method, test = test, control = con))
  }
  if (!is.null(b)) put(path, list(between_statistic = b$QM, between_pval = b$QMp))
}
regressed <- function(path, d, formula, names, method, test, level) {
  complete <- complete.cases(d[all.vars(formula)])
  d <- droplevels(d[complete, ])  # as a level that no complete study has
  r <- quiet(rma(yi, vi, mods = formula, data = d, method = method, test = test, level = level,
                 control = control(d$yi)))
  if (is.null(r)) return(invisible())
  for (i in seq_along(names)) put(paste(path, "coefficients", names[i], sep = "."), list(
    b = c(r$beta)[i], se = r$se[i], pval = r$pval[i], ci_lb = r$ci.lb[i], ci_ub = r$ci.ub[i]))
  # Without moderators there may be no tau² to explain: metafor 3.8 then says 0.
  without <- quiet(rma(yi, vi, data = d, method = method, control = control(d$yi)))$tau2
  none <- method == "EE" || is.null(without) || without < 1e-10 * mean(d$vi)
  put(path, list(qm = r$QM, qm_pval = r$QMp, tau2 = r$tau2, i2 = r$I2, qe = r$QE, qe_pval = r$QEp,
                 r2 = if (none) NA else r$R2))
  if (length(names) > 2) {
    v <- quiet(vif(r))
    for (i in seq_along(names)[-1]) {
      if (!is.null(v)) put(paste(path, "vif", sep = "."), setNames(list(v$vifs[[i - 1]]), names[i]))
    }
  }
}

# ---- small studies --------------------------------------------------------------------------

egger <- function(path, d, model, predictor, method, test, level) {
  ni <- if (all(is.na(d$ni))) NULL else d$ni
  # Of a model, regtest() takes the tolerances as well; where these are out of reach, its own do.
  t <- quiet(regtest(fit_of(d, method, test, level), ni = ni, model = model,
                     predictor = predictor))
  if (is.null(t)) t <- quiet(regtest(d$yi, d$vi, ni = ni, model = model, predictor = predictor,
                                     method = method, test = test, level = level))
  if (is.null(t)) return(invisible())
  put(path, list(statistic = t$zval, pval = t$pval))
  if (!is.null(t$est)) put(path, list(est = printed(t$est, d), est_lb = printed(t$ci.lb, d),
                                      est_ub = printed(t$ci.ub, d)))
}
begg <- function(path, d) {
  b <- quiet(ranktest(d$yi, d$vi))
  if (!is.null(b)) put(path, list(statistic = b$tau, pval = b$pval))
}
# Where it fills studies in, trimfill() fits anew with its own test and level, unless it is told.
filled <- function(path, d, method, test, estimator, level) {
  t <- quiet(trimfill(fit_of(d, method, test, level), estimator = estimator, test = test,
                      level = level, control = control(d$yi)))
  if (is.null(t)) return(invisible())
  put(path, list(statistic = t$k0, est = printed(c(t$beta), d), est_lb = printed(t$ci.lb, d),
                 est_ub = printed(t$ci.ub, d)))
  if (estimator == "R0") put(path, list(pval = t$p.k0))
}
pet_peese <- function(path, d, level) {
  pet <- lm(yi ~ sqrt(vi), weights = 1 / vi, data = d)
  peese <- lm(yi ~ vi, weights = 1 / vi, data = d)
  z <- coef(summary(pet))
  chosen <- if (isTRUE(z[1, 4] < 0.10)) peese else pet
  ci <- confint(chosen, level = level / 100)
  put(path, list(statistic = z[1, 3], pval = z[1, 4], est = printed(coef(chosen)[[1]], d),
                 est_lb = printed(ci[1, 1], d), est_ub = printed(ci[1, 2], d)))
}
selected <- function(path, d, alternative, level) {
  r <- quiet(rma(d$yi, d$vi, method = "ML", level = level, control = control(d$yi)))
  # Its own optimiser stops up to a thousandth short of the maximum; one that cannot do better
  # than these tolerances ends in an error, and then its own has to do.
  near <- list(optimizer = "Nelder-Mead", reltol = 1e-16, maxit = 5000)
  s <- quiet(selmodel(r, type = "stepfun", steps = 0.025, alternative = alternative,
                      control = near))
  if (is.null(s))
    s <- quiet(selmodel(r, type = "stepfun", steps = 0.025, alternative = alternative))
  # The likelihood may have a second summit, of studies that agree and are strongly selected.
  far <- c(near, list(beta.init = weighted.mean(d$yi, 1 / d$vi), tau2.init = 1e-4,
                      delta.init = c(1, 0.05)))
  other <- quiet(selmodel(r, type = "stepfun", steps = 0.025, alternative = alternative,
                          control = far))
  if (is.null(s) || (!is.null(other) && logLik(other) > logLik(s))) s <- other
  if (is.null(s)) return(invisible())
  put(path, list(statistic = s$LRT, pval = s$LRTp, est = printed(c(s$beta), d)))
}
# By the exact distribution of the number of significant results, which metafor itself takes only
# where it can count the sets of as many studies or more; else it is built up from its powers.
exceeded <- function(path, d, method) {
  r <- fit_of(d, method, "z", 95)
  if (is.null(r)) return(invisible())
  if (r$tau2 == 0) {
    by <- function(test) quiet(tes(d$yi, d$vi, test = test, find.lim = FALSE, progbar = FALSE))
    t <- by("chi2")
    e <- if (is.null(t) || sum(choose(t$k, t$O:t$k)) <= 10^6) by("exact")
    if (!is.null(e)) return(put(path, list(pval = e$pval)))
    if (is.null(t)) return(invisible())
    powers <- t$power; observed <- t$O
  } else {  # tes integrates over five standard deviations of the true effects, here over all
    b <- r$b[[1]]; tau <- sqrt(r$tau2); s <- sqrt(d$vi); reach <- qnorm(0.975) * s
    significant <- function(true, i) pnorm(true, reach[i], s[i]) + pnorm(-true, reach[i], s[i])
    powers <- sapply(seq_along(s), function(i)
      integrate(function(x) dnorm(x) * significant(b + tau * x, i), -Inf, Inf,
                rel.tol = 1e-12)$value)
    observed <- sum(abs(d$yi) >= reach)
  }
  chance <- 1
  for (power in powers) chance <- c(chance * (1 - power), 0) + c(0, chance * power)
  put(path, list(pval = min(1, sum(chance[(observed + 1):length(chance)]))))
}
harbord <- function(path, d) {
  d <- d[d$ai + d$ci > 0 & d$bi + d$di > 0, ]
  n1 <- d$ai + d$bi; n0 <- d$ci + d$di; n <- n1 + n0; e <- d$ai + d$ci
  z <- d$ai - e * n1 / n
  v <- n1 * n0 * e * (n - e) / (n^2 * (n - 1))
  m <- coef(summary(lm(z / sqrt(v) ~ sqrt(v))))
  put(path, list(statistic = m[1, 3], pval = m[1, 4], intercept = m[1, 1], slope = m[2, 1]))
}
peters <- function(path, d) {
  d <- d[d$ai + d$ci > 0 & d$bi + d$di > 0, ]
  y <- escalc(measure = "OR", ai = d$ai, bi = d$bi, ci = d$ci, di = d$di)
  n <- d$ai + d$bi + d$ci + d$di; e <- d$ai + d$ci
  m <- coef(summary(lm(y$yi ~ I(1 / n), weights = 1 / (1 / e + 1 / (n - e)))))
  put(path, list(statistic = m[2, 3], pval = m[2, 4], intercept = m[1, 1], slope = m[2, 1]))
}

# ---- several estimates of a study -----------------------------------------------------------

several <- function(path, id, model, rho, method, test, level) {
  d <- read.csv(file.path(here, "estimates.csv"), encoding = "UTF-8",
                colClasses = c(analysis = "character", study = "character"))
  d <- d[d$analysis == id, ]
  if (model == "robust") {
    r <- robust(rma(d$yi, d$vi, method = method, level = level, control = control(d$yi)),
                cluster = d$study, adjust = TRUE)
  } else {
    d$estimate <- seq_len(nrow(d))
    v <- outer(sqrt(d$vi), sqrt(d$vi)) * ifelse(outer(d$study, d$study, "=="), rho, 0)
    diag(v) <- d$vi
    r <- rma.mv(d$yi, v, random = ~ 1 | study / estimate, data = d, method = method,
                test = if (test == "z") "z" else "t", level = level,
                control = list(rel.tol = 1e-10, iter.max = 10000, eval.max = 10000))
    put(path, list(sigma2_between = r$sigma2[1], sigma2_within = r$sigma2[2]))
  }
  put(path, list(est = printed(c(r$beta), d), est_lb = printed(r$ci.lb, d),
                 est_ub = printed(r$ci.ub, d), pval = r$pval))
}

# ---- what was found, as JSON with every digit -----------------------------------------------

tell <- function() {
  cat("{\n")
  cat(sprintf("\"about.R\": \"%s.%s\",\n\"about.metafor\": \"%s\"", R.version$major,
              R.version$minor, as.character(packageVersion("metafor"))))
  keys <- gsub('(["\\\\])', "\\\\\\1", names(found))
  lines <- sprintf(",\n\"%s\": %.17g", keys, unlist(found))
  writeLines(enc2utf8(lines), sep = "", useBytes = TRUE) # whatever the locale
  cat("\n}\n")
}
