# Reference numbers for effect sizes, 2x2 pooling, multilevel models, selection models and
# time-to-event routes, from R's metafor (3.8.1), survival and stats.
#
#   Rscript tests/reference/breadth.R > tests/reference/breadth.json
#
# 17 digits; iterations run to the tightest tolerance that the optimiser takes, since
# metafor's defaults stop within 1e-5 or so of the optimum.

suppressPackageStartupMessages({
  library(metafor)
  library(metadat)
  library(survival)
})

out <- list(versions = list(
  R = R.version.string,
  metafor = as.character(packageVersion("metafor")),
  survival = as.character(packageVersion("survival"))
))
num <- function(x) unname(as.numeric(x))

# --- 2x2 tables ----------------------------------------------------------------------------

tables <- list(
  bcg = with(dat.bcg, list(ai = tpos, bi = tneg, ci = cpos, di = cneg)),
  nielweise = with(dat.nielweise2007, list(ai = ai, bi = n1i - ai, ci = ci, di = n2i - ci)),
  yusuf = with(subset(dat.yusuf1985, table == 11 & !is.na(ai)),
    list(ai = ai, bi = n1i - ai, ci = ci, di = n2i - ci)),
  double_zero = list(ai = c(0, 3, 5, 12), bi = c(20, 17, 45, 88), ci = c(0, 1, 9, 20),
    di = c(25, 19, 41, 80)),
  all_events = list(ai = c(10, 7, 5, 3), bi = c(0, 3, 5, 9), ci = c(12, 2, 9, 4),
    di = c(0, 8, 4, 8)),
  one = list(ai = 4, bi = 119, ci = 11, di = 128)
)

escalc_tables <- function(x) {
  one <- function(measure, ...) {
    e <- suppressWarnings(escalc(measure = measure, ai = x$ai, bi = x$bi, ci = x$ci,
      di = x$di, ...))
    list(yi = num(e$yi), vi = num(e$vi))
  }
  res <- list()
  for (m in c("OR", "RR", "RD")) {
    res[[m]] <- list(
      only0 = one(m), all = one(m, to = "all"), if0all = one(m, to = "if0all"),
      none = one(m, to = "none", add = 0), drop00 = one(m, drop00 = TRUE),
      quarter = one(m, add = 0.25)
    )
  }
  res$PETO <- one("PETO", to = "none", add = 0) # a correction serves no purpose here
  res
}

fit_mh <- function(x, ...) {
  f <- suppressWarnings(rma.mh(ai = x$ai, bi = x$bi, ci = x$ci, di = x$di, ...))
  pick_fixed(f)
}
pick_fixed <- function(f) {
  list(k = f$k, mu = num(f$beta), se = num(f$se), zval = num(f$zval), pval = num(f$pval),
    ci_lb = num(f$ci.lb), ci_ub = num(f$ci.ub), qe = num(f$QE), qe_pval = num(f$QEp),
    k_yi = f$k.yi, i2 = num(f$I2), h2 = num(f$H2), mh = num(f$MH), mh_pval = num(f$MHp))
}
pick_peto <- function(x) {
  f <- suppressWarnings(rma.peto(ai = x$ai, bi = x$bi, ci = x$ci, di = x$di))
  list(k = f$k, mu = num(f$beta), se = num(f$se), zval = num(f$zval), pval = num(f$pval),
    ci_lb = num(f$ci.lb), ci_ub = num(f$ci.ub), qe = num(f$QE), qe_pval = num(f$QEp),
    k_yi = f$k.yi, i2 = num(f$I2), h2 = num(f$H2))
}

# Harbord (2006) and Peters (2006) as the regressions of their papers, by stats::lm.
harbord <- function(x) {
  with(x, {
    ai <- num(ai); bi <- num(bi); ci <- num(ci); di <- num(di)
    n1 <- ai + bi; n0 <- ci + di; n <- n1 + n0; e <- ai + ci
    z <- ai - e * n1 / n
    v <- n1 * n0 * e * (n - e) / (n^2 * (n - 1))
    keep <- v > 0
    s <- summary(lm(I(z / sqrt(v))[keep] ~ sqrt(v)[keep]))
    list(coef = num(s$coef[1, ]), df = s$df[2], slope = num(s$coef[2, 1]))
  })
}
peters <- function(x) {
  e <- suppressWarnings(escalc(measure = "OR", ai = x$ai, bi = x$bi, ci = x$ci, di = x$di))
  with(x, {
    n <- ai + bi + ci + di
    w <- 1 / (1 / (ai + ci) + 1 / (bi + di))
    s <- summary(lm(num(e$yi) ~ I(1 / n), weights = w))
    list(coef = num(s$coef[2, ]), df = s$df[2], intercept = num(s$coef[1, 1]))
  })
}

out$tables <- lapply(tables, function(x) {
  res <- list(data = lapply(x, num), effects = escalc_tables(x))
  res$mh <- list(OR = fit_mh(x, measure = "OR"), RR = fit_mh(x, measure = "RR"),
    RD = fit_mh(x, measure = "RD"), OR90 = fit_mh(x, measure = "OR", level = 90),
    RDkeep = fit_mh(x, measure = "RD", drop00 = FALSE),
    ORadd = fit_mh(x, measure = "OR", add = 0.5, to = "all"))
  res$peto <- pick_peto(x)
  if (length(x$ai) > 3) {
    res$harbord <- harbord(x)
    if (all(x$ai + x$ci > 0) && all(x$bi + x$di > 0)) res$peters <- peters(x)
  }
  res
})

# --- continuous, proportions, correlations, rates --------------------------------------------

means <- with(dat.normand1999,
  list(m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i))
one <- function(...) {
  e <- suppressWarnings(escalc(...))
  list(yi = num(e$yi), vi = num(e$vi))
}
small <- list(m1i = c(1.5, -3), sd1i = c(0.2, 4), n1i = c(2, 3), m2i = c(1.1, -2), sd2i = c(0.4, 1),
  n2i = c(2, 400))
gibson <- subset(dat.gibson2002, !is.na(m1i))
curtis <- dat.curtis1998[1:30, ]
groups <- function(d) with(d, list(m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i))
large <- list(m1i = c(101, 1e6), sd1i = c(15, 1e-3), n1i = c(1e5, 5), m2i = c(100, 1e6 + 1),
  sd2i = c(14, 2e-3), n2i = c(2e5, 7))
equal <- list(m1i = 2, sd1i = 1, n1i = 20, m2i = 2, sd2i = 1, n2i = 20)
out$means <- lapply(list(normand = means, small = small, gibson = groups(gibson),
  curtis = groups(curtis), large = large, equal = equal),
  function(d) c(list(data = lapply(d, num)), list(
  MD = do.call(one, c(list(measure = "MD"), d)),
  MDHO = do.call(one, c(list(measure = "MD", vtype = "HO"), d)),
  SMD = do.call(one, c(list(measure = "SMD"), d)),
  ROM = do.call(one, c(list(measure = "ROM"), d)))))

pritz <- dat.pritz1997
bruin <- dat.debruin2009
obrien <- dat.obrien2003[1:20, ]
proportions <- function(xi, ni) {
  plo <- one(measure = "PLO", xi = xi, ni = ni)
  pft <- one(measure = "PFT", xi = xi, ni = ni)
  pooled <- rma(pft$yi, pft$vi, method = "EE")$beta
  list(data = list(xi = num(xi), ni = num(ni)), PLO = plo, PFT = pft,
    back_single = num(transf.ipft(pft$yi, ni)), pooled = num(pooled),
    back_pooled = num(transf.ipft.hm(pooled, targs = list(ni = ni))))
}
out$proportions <- list(pritz = proportions(pritz$xi, pritz$ni),
  debruin = proportions(bruin$xi, bruin$ni), obrien = proportions(obrien$cases, obrien$total),
  zeros = proportions(c(0, 1, 5, 10), c(10, 10, 10, 10)), none = proportions(c(0, 0), c(1, 200)))
correlations <- function(ri, ni) c(list(ri = num(ri), ni = num(ni)), one(measure = "ZCOR", ri = ri, ni = ni))
out$correlations <- list(
  mcdaniel = with(dat.mcdaniel1994, correlations(ri, ni)),
  crede = with(dat.crede2010, correlations(ri, ni)),
  molloy = with(dat.molloy2014, correlations(ri, ni)),
  cohen = with(dat.cohen1981, correlations(ri, ni)),
  ends = correlations(c(0, -0.999999, 0.999999), c(4, 4, 1e6)))
rates <- function(x1i, t1i, x2i, t2i) {
  c(list(x1i = num(x1i), t1i = num(t1i), x2i = num(x2i), t2i = num(t2i)),
    one(measure = "IRR", x1i = x1i, t1i = t1i, x2i = x2i, t2i = t2i))
}
out$rates <- list(
  hart = with(dat.hart1999, rates(x1i, t1i, x2i, t2i)),
  nielweise = with(dat.nielweise2008, rates(x1i, t1i, x2i, t2i)),
  none_in_one = rates(c(0, 3), c(10, 20), c(4, 0), c(12, 18)),
  none_at_all = rates(0, 5, 0, 7),
  large = rates(1e6, 1e9, 2e6, 1e9))

# --- time to event ---------------------------------------------------------------------------

trial <- function(time, status, arm1, cuts) {
  f1 <- survfit(Surv(time[arm1], status[arm1]) ~ 1)
  f0 <- survfit(Surv(time[!arm1], status[!arm1]) ~ 1)
  s1 <- summary(f1, times = cuts, extend = TRUE)
  s0 <- summary(f0, times = cuts, extend = TRUE)
  d <- survdiff(Surv(time, status) ~ I(!arm1))
  cx <- summary(coxph(Surv(time, status) ~ arm1))$coef
  list(times = cuts, survival1 = num(s1$surv), at_risk1 = num(s1$n.risk),
    survival0 = num(s0$surv), at_risk0 = num(s0$n.risk),
    n = num(d$n), observed = num(d$obs), expected = num(d$exp), v = num(d$var[1, 1]),
    pval = pchisq(d$chisq, 1, lower.tail = FALSE), chisq = num(d$chisq),
    yi = num(cx[1, 1]), sei = num(cx[1, 3]), cox_pval = num(cx[1, 5]))
}
col <- subset(colon, etype == 2 & rx != "Lev")
rec <- subset(colon, etype == 1 & rx != "Lev")
out$trials <- list(
  colon_death = trial(col$time, col$status, col$rx == "Lev+5FU", seq(0, 2400, by = 200)),
  colon_recurrence = trial(rec$time, rec$status, rec$rx == "Lev+5FU", seq(0, 2400, by = 200)),
  lung = with(lung, trial(time, status == 2, sex == 2, seq(0, 700, by = 70))),
  veteran = with(subset(veteran, time < 400), trial(time, status, trt == 2, seq(0, 240, by = 15))),
  rotterdam = with(rotterdam, trial(dtime, death == 1, hormon == 1, seq(0, 3600, by = 300)))
)

# --- several estimates of one study ----------------------------------------------------------

# The likelihood is flat to 1e-16 of its size around its maximum, which leaves the variances good
# to about 1e-7 of theirs; a variance at 0 is approached on a log scale, to 1e-9 or so.
tight <- list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-16, maxit = 10000)
fit_levels <- function(yi, V, study, method) {
  est <- seq_along(yi)
  f <- rma.mv(yi, V, random = ~ 1 | study / est, method = method, control = tight)
  t <- rma.mv(yi, V, random = ~ 1 | study / est, method = method, test = "t", control = tight)
  p <- predict(f)
  W <- solve(f$V); X <- model.matrix(f)
  P <- W - W %*% X %*% solve(t(X) %*% W %*% X) %*% t(X) %*% W
  i2 <- 100 * f$sigma2 / (sum(f$sigma2) + (f$k - f$p) / sum(diag(P)))
  cr1 <- robust(f, cluster = study); cr0 <- robust(f, cluster = study, adjust = FALSE)
  rob <- function(r) list(se = num(r$se), df = num(r$dfs)[1], tval = num(r$zval),
    pval = num(r$pval), ci_lb = num(r$ci.lb), ci_ub = num(r$ci.ub))
  list(mu = num(f$beta), se = num(f$se), statistic = num(f$zval), pval = num(f$pval),
    ci_lb = num(f$ci.lb), ci_ub = num(f$ci.ub), pi_lb = num(p$pi.lb), pi_ub = num(p$pi.ub),
    sigma2 = num(f$sigma2), qe = num(f$QE), qe_pval = num(f$QEp), i2 = num(i2),
    log_likelihood = num(logLik(f)), t_pval = num(t$pval), t_ci_lb = num(t$ci.lb),
    cr1 = rob(cr1), cr0 = rob(cr0))
}
nested <- function(yi, vi, study, rho = 0) {
  yi <- num(yi); vi <- num(vi); study <- as.character(study)
  V <- if (rho == 0) diag(vi) else vcalc(vi, cluster = study, obs = seq_along(yi), rho = rho)
  u <- rma(yi, vi, method = "REML", control = list(threshold = 1e-14, maxiter = 10000))
  uni <- function(adjust) {
    r <- robust(u, cluster = study, adjust = adjust)
    list(mu = num(r$beta), se = num(r$se), df = num(r$dfs)[1], tval = num(r$zval),
      pval = num(r$pval), ci_lb = num(r$ci.lb), ci_ub = num(r$ci.ub))
  }
  d <- escalc(measure = "GEN", yi = yi, vi = vi, data = data.frame(study = study))
  agg <- function(weighted, r) {
    a <- aggregate(d, cluster = study, rho = r, struct = "CS", weighted = weighted)
    a <- a[match(unique(study), a$study), ]
    list(yi = num(a$yi), vi = num(a$vi))
  }
  list(yi = yi, vi = vi, study = study, rho = rho,
    REML = fit_levels(yi, V, study, "REML"), ML = fit_levels(yi, V, study, "ML"),
    uni_cr1 = uni(TRUE), uni_cr0 = uni(FALSE),
    simple = agg(FALSE, 0.6), gls = agg(TRUE, 0.3))
}
kon <- dat.konstantopoulos2011
ass <- dat.assink2016
bor <- escalc(measure = "OR", ai = waward, n1i = wtotal, ci = maward, n2i = mtotal,
  data = dat.bornmann2007)
ber <- dat.berkey1998
# The same effects in other company: no difference between districts, none within.
flat <- kon[kon$district %in% c(11, 12, 18), ]
even <- data.frame(study = rep(letters[1:5], each = 3),
  yi = rep(c(0.1, 0.5, -0.3, 0.8, 0.2), each = 3) + rep(c(-0.02, 0, 0.02), 5), vi = 0.05)
out$nested <- list(
  konstantopoulos = nested(kon$yi, kon$vi, kon$district),
  assink = nested(ass$yi, ass$vi, ass$study),
  assink_rho = nested(ass$yi, ass$vi, ass$study, 0.6),
  bornmann = nested(bor$yi, bor$vi, bor$study),
  berkey_rho = nested(ber$yi, ber$vi, ber$author, 0.4),
  flat = nested(flat$yi, flat$vi, flat$district),
  even = nested(even$yi, even$vi, even$study)
)

# --- selection -------------------------------------------------------------------------------

selected <- function(yi, vi, steps, alternative) {
  f <- rma(yi, vi, method = "ML", control = list(threshold = 1e-14, maxiter = 10000))
  s <- selmodel(f, type = "stepfun", steps = steps, alternative = alternative,
    control = list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-15, maxit = 10000))
  many <- length(s$delta)
  list(steps = steps, alternative = alternative, mu = num(s$beta), se = num(s$se),
    zval = num(s$zval), pval = num(s$pval), ci_lb = num(s$ci.lb), ci_ub = num(s$ci.ub),
    tau2 = num(s$tau2), se_tau2 = num(s$se.tau2), delta = num(s$delta)[-1],
    se_delta = num(s$se.delta)[-1], delta_lb = num(s$ci.lb.delta)[-1],
    delta_ub = num(s$ci.ub.delta)[-1], log_likelihood = num(logLik(s)), lrt = num(s$LRT),
    lrt_pval = num(s$LRTp), counts = num(s$ptable$k), unadjusted_mu = num(f$beta),
    unadjusted_tau2 = num(f$tau2))
}
excess <- function(yi, vi, test, tau2 = 0, ...) {
  t <- tes(yi, vi, test = test, tau2 = tau2, rel.tol = 1e-12, find.lim = FALSE, ...)
  list(observed = num(t$O), expected = num(t$E), power = num(t$power), theta = num(t$theta),
    pval = num(t$pval), tau2 = tau2)
}
bask <- dat.baskerville2012; hack <- dat.hackshaw1998; dorn <- dat.dorn2007
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
dor <- escalc(measure = "RR", ai = x.a, n1i = n.a, ci = x.p, n2i = n.p, data = dorn)
raud <- dat.raudenbush1985
sets <- list(
  baskerville = list(yi = bask$smd, vi = bask$se^2), hackshaw = list(yi = hack$yi, vi = hack$vi),
  bcg = list(yi = bcg$yi, vi = bcg$vi), dorn = list(yi = dor$yi, vi = dor$vi),
  raudenbush = list(yi = raud$yi, vi = raud$vi),
  even = list(yi = c(0.42, 0.38, 0.61, 0.1, 0.2, 0.05, 0.5), vi = c(1, 1.2, 3, 1.5, 2, 4, 6) / 50))
plans <- list(baskerville = list(c(0.025), "greater"), hackshaw = list(c(0.025, 0.1, 0.5), "greater"),
  bcg = list(c(0.025), "less"), dorn = list(c(0.025, 0.5), "greater"),
  raudenbush = list(c(0.05, 0.5), "greater"), even = list(c(0.05), "greater"))
out$selection <- lapply(names(sets), function(n) {
  d <- lapply(sets[[n]], num); p <- plans[[n]]
  c(d, list(model = selected(d$yi, d$vi, p[[1]], p[[2]]),
    chi2 = excess(d$yi, d$vi, "chi2"), spread = excess(d$yi, d$vi, "chi2", 0.02),
    strict = excess(d$yi, d$vi, "chi2", alpha = 0.01)),
    if (length(d$yi) <= 13) list(exact = excess(d$yi, d$vi, "exact")))
})
names(out$selection) <- names(sets)

# Excess significance by metafor's own choice of test: exact where at most a million sets of as
# many studies as are significant, or more, can be counted.
set.seed(245)
certain <- c(rep(2, 48), 0.42, 0.46); unlikely <- rnorm(40, 0.05, 0.1)
few <- list(
  certain = list(yi = rep(2, 20), vi = rep(0.001, 20)),
  all_significant = list(yi = rep(c(0.6, 0.7, 0.8, 0.9, 1), 10), vi = rep(0.05, 50) + (1:50) / 1500),
  nearly_all = list(yi = certain, vi = c(rep(0.4, 48), 0.05, 0.06)),
  none = list(yi = unlikely, vi = rep(c(0.02, 0.05), 20)),
  imni = list(yi = log(c(.82, .62, .82, .51, .89, .75, .99, .91, .95, .95, .48, 1.56)),
    vi = (log(c(1.15, 1.03, .94, 1.01, 1.30, 1.01, 1.22, 1.28, 1.13, 1.15, 1.21, 2.22) /
      c(.59, .37, .72, .26, .60, .55, .81, .64, .80, .78, .19, 1.10)) / (2 * qnorm(0.975)))^2))
out$excess <- lapply(few, function(d) {
  t <- tes(d$yi, d$vi, find.lim = FALSE, progbar = FALSE)
  c(d, list(test = t$test, observed = num(t$O), expected = num(t$E), pval = num(t$pval)))
})

# --- to JSON, 17 digits (jsonlite stops at 15) -----------------------------------------------

json <- function(x, indent = "") {
  deeper <- paste0(indent, " ")
  if (is.null(x) || length(x) == 0) return("null")
  if (is.list(x)) {
    items <- vapply(x, json, "", indent = deeper)
    return(paste0("{\n", paste0(deeper, "\"", names(x), "\": ", items, collapse = ",\n"), "\n",
      indent, "}"))
  }
  if (is.matrix(x)) {
    return(paste0("[", paste(apply(x, 1, function(row) json_vector(row)), collapse = ", "), "]"))
  }
  if (length(x) == 1) return(json_scalar(x))
  json_vector(x)
}
json_vector <- function(x) paste0("[", paste(vapply(x, json_scalar, ""), collapse = ", "), "]")
json_scalar <- function(x) {
  if (is.numeric(x) && !is.finite(x) || is.na(x)) return("null") # JSON has no NA, NaN or Inf
  if (is.character(x)) return(paste0("\"", x, "\""))
  if (is.logical(x)) return(tolower(as.character(x)))
  sprintf("%.17g", x)
}
cat(json(out), "\n", sep = "")
