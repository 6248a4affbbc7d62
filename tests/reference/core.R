# Makes core.json, the reference for heterogeneity, synthesis, moderators, robustness and
# small-study effects: `Rscript core.R > core.json` in this folder. R with metafor and metadat.
#
# metafor's default tolerances leave the Paule-Mandel estimate off by 2.5e-5: everything here is
# solved to 1e-14 (of the scale of the data), and printed with 17 digits, which is every digit of
# a double. Where metafor stops with an error the result is null.

suppressMessages(library(metafor))

# ---- data ---------------------------------------------------------------------------------

from_interval <- function(hr, lb, ub, slab, ...) {
  list(slab = slab, yi = log(hr), vi = ((log(ub) - log(lb)) / (2 * qnorm(.975)))^2, measure = "HR", ...)
}

sets <- list()

# Table 1 of Jia et al. 2021, doi 10.1186/s13014-021-01772-y
sets$imni_os <- from_interval(
  c(.82, .62, .82, .51, .89, .75, .99, .91, .95, .95, .48, 1.56),
  c(.59, .37, .72, .26, .60, .55, .81, .64, .80, .78, .19, 1.10),
  c(1.15, 1.03, .94, 1.01, 1.30, 1.01, 1.22, 1.28, 1.13, 1.15, 1.21, 2.22),
  c("Wang", "Luo", "Thorsen", "Kim", "Yadav", "Aleknavicius", "Courdi", "Chang", "Hennequin",
    "Olson", "Stemmer", "Obedian"),
  ni = c(872, 497, 3089, 521, 319, 433, 1630, 396, 1334, 2413, 100, 946),
  numeric = list(
    follow_up = c(98, 64, 107, 71, 203, 102, 154, 98, 103, 74, 77, 156),
    start = c(2007, 2005, 2003, 2001, 1978, 1987, 1975, 1994, 1991, 2001, 1994, 1970) - 1960),
  factor = list(design = c("RCS", "RCS", "PCS", "RCS", "RCS", "RCS", "RCS", "RCS", "RCT", "RCS",
                           "NRCT", "RCS"),
                retro = c("yes", "yes", "no", "yes", "yes", "yes", "yes", "yes", "no", "yes", "no",
                          "yes")))
sets$imni_dfs <- from_interval(
  c(.54, .65, .58, .35, .67, 1.04, .70, .44), c(.41, .46, .34, .22, .46, .88, .52, .18),
  c(.72, .93, 1.00, .55, .99, 1.23, .96, 1.08),
  c("Wang", "Luo", "Kim", "Yadav", "Aleknavicius", "Courdi", "Chang", "Stemmer"),
  ni = c(872, 497, 521, 319, 433, 1630, 396, 100),
  numeric = list(follow_up = c(98, 64, 71, 203, 102, 154, 98, 77)),
  factor = list(nodes = c("mixed", "mixed", "mixed", "mixed", "mixed", "N0", "mixed", "mixed")))

# Years are counted from 1960: metafor solves the normal equations, which lose nine digits to
# columns like 1993, 1994 ...; the comparison is of formulas, not of that.
plain <- function(d, slab, measure, ...) {
  list(slab = as.character(slab), yi = as.numeric(d$yi), vi = as.numeric(d$vi), measure = measure, ...)
}
d <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
sets$bcg <- plain(d, paste(d$author, d$year), "RR", ni = with(d, tpos + tneg + cpos + cneg),
  numeric = list(ablat = d$ablat, year = d$year - 1960), factor = list(alloc = as.character(d$alloc)))
d <- dat.hackshaw1998
sets$hackshaw <- plain(d, paste(d$author, d$year, d$study), "OR", ni = d$cases,
  numeric = list(year = d$year - 1960), factor = list(design = as.character(d$design)))
d <- escalc(measure = "SMD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i,
            data = dat.normand1999)
sets$normand <- plain(d, d$source, "SMD", ni = d$n1i + d$n2i, numeric = list(ni = d$n1i + d$n2i),
  factor = list())
d <- escalc(measure = "MD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i,
            data = dat.normand1999)
sets$normand_md <- plain(d, d$source, "MD", ni = d$n1i + d$n2i, numeric = list(), factor = list())
d <- dat.raudenbush1985
sets$raudenbush <- plain(d, paste(d$author, d$year, d$study), "SMD", ni = d$n1i + d$n2i,
  numeric = list(weeks = d$weeks), factor = list(tester = d$tester))
d <- dat.bangertdrowns2004
sets$bangertdrowns <- plain(d, paste(d$author, d$year, d$id), "SMD", ni = d$ni,
  numeric = list(length = d$length, minutes = d$minutes),
  factor = list(grade = as.character(d$grade)))
d <- escalc(measure = "ZCOR", ri = ri, ni = ni, data = dat.molloy2014)
sets$molloy <- plain(d, paste(d$authors, d$year), "ZCOR", ni = d$ni,
  numeric = list(quality = d$quality, age = d$meanage), factor = list(design = d$design))
d <- escalc(measure = "OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = dat.li2007)
sets$li <- plain(d, paste(d$study, d$id), "OR", ni = d$n1i + d$n2i, numeric = list(year = d$year - 1960),
  factor = list())

made <- function(yi, vi, measure = "GEN") {
  list(slab = paste("S", seq_along(yi)), yi = yi, vi = vi, measure = measure,
       ni = round(4 / vi) + 2, numeric = list(), factor = list())
}
sets$one <- made(-0.3, 0.04, "HR")
sets$two <- made(c(-0.5, 0.2), c(0.04, 0.09), "HR")
sets$two_apart <- made(c(-2, 3), c(0.01, 0.02))
sets$three <- made(c(0.1, 0.5, -0.4), c(0.02, 0.05, 0.11))
sets$identical <- made(rep(0.25, 5), c(0.1, 0.2, 0.3, 0.05, 0.15))
sets$homogeneous <- made(c(0.10, 0.12, 0.11, 0.09, 0.13, 0.10), c(0.1, 0.2, 0.3, 0.05, 0.15, 0.08))
sets$dominant <- made(c(0.3, -0.9, 1.4, 0.8, -0.2), c(1e-4, 0.5, 0.7, 0.3, 0.9))
sets$far_apart <- made(c(-50, 50, 49, -48, 0.5, 20), c(0.3, 0.2, 1.5, 0.7, 0.1, 2))
sets$clustered <- made(c(0, 0.02, -0.02, 2.2, -2.1, 0.01), c(1e-4, 1e-4, 1e-4, 1, 1, 1e-4))
# A restricted likelihood with two maxima: Fisher scoring from the Hedges estimate climbs the lower
sets$two_maxima <- made(c(0.02, -0.02, 2.2, -2.1), c(1e-4, 1e-4, 1, 1))
sets$tied <- made(c(0.1, 0.1, 0.4, -0.3, 0.4, 0.9, 0.2, 0.1), c(.1, .2, .1, .3, .2, .4, .1, .3))

methods <- c("EE", "DL", "HE", "HS", "SJ", "ML", "REML", "EB", "PM")
tests <- c("z", "knha", "adhoc")

control_for <- function(yi) {
  scale <- max(1, if (length(yi) > 1) var(yi) else 0)
  list(threshold = 1e-14 * scale, tol = 1e-14 * scale, maxiter = 10000,
       tau2.max = 1000 * scale * length(yi))
}

quiet <- function(e) tryCatch(suppressWarnings(e), error = function(e) NULL)
fit <- function(s, method, test = "z", ...) {
  quiet(rma(s$yi, s$vi, method = method, test = test, slab = s$slab, control = control_for(s$yi), ...))
}

# ---- results --------------------------------------------------------------------------------

profile_interval <- function(r, s) {
  ci <- quiet(confint(r, control = control_for(s$yi))$random)
  if (is.null(ci)) return(NULL)
  list(tau2_lb = ci["tau^2", "ci.lb"], tau2_ub = ci["tau^2", "ci.ub"],
       i2_lb = ci["I^2(%)", "ci.lb"], i2_ub = ci["I^2(%)", "ci.ub"],
       h2_lb = ci["H^2", "ci.lb"], h2_ub = ci["H^2", "ci.ub"])
}

pooled <- function(s, method, test) {
  r <- fit(s, method, test)
  if (is.null(r)) return(NULL)
  out <- list(mu = c(r$beta), se = r$se, statistic = r$zval, pval = r$pval, ci_lb = r$ci.lb,
    ci_ub = r$ci.ub, tau2 = r$tau2, se_tau2 = if (is.null(r$se.tau2)) NA else r$se.tau2,
    i2 = r$I2, h2 = r$H2, qe = r$QE, qe_pval = r$QEp, weights = unname(weights(r)))
  if (test == "z" && method != "EE" && r$k > 1) out$profile <- profile_interval(r, s)
  if (method != "EE" && r$k > 1) {
    for (type in c("riley", "t", "normal")) {
      p <- if (type == "normal") {
        if (test != "z") next
        predict(r)
      } else predict(r, pi.type = type)
      if (type == "riley" && r$k < 3) next # metafor takes one degree of freedom there
      out[[paste0("pi_", type)]] <- c(p$pi.lb, p$pi.ub)
    }
  }
  out
}

level_90 <- function(s, method) {
  r <- quiet(rma(s$yi, s$vi, method = method, test = "knha", level = 90, control = control_for(s$yi)))
  if (is.null(r)) NULL else list(ci_lb = r$ci.lb, ci_ub = r$ci.ub)
}

regression <- function(s, formula, method, test) {
  # The first level in the order of the code points is the reference, in any locale
  in_order <- function(x) factor(x, levels = sort(unique(x), method = "radix"))
  d <- as.data.frame(c(s$numeric, lapply(s$factor, in_order)))
  d$yi <- s$yi
  d$vi <- s$vi
  r <- quiet(rma(yi, vi, mods = formula, data = d, method = method, test = test, control = control_for(s$yi)))
  if (is.null(r)) return(NULL)
  ci <- if (method == "EE") NULL else profile_interval(r, s)
  list(b = c(r$beta), se = r$se, statistic = r$zval, pval = r$pval, ci_lb = r$ci.lb, ci_ub = r$ci.ub,
    qm = r$QM, qm_df = r$QMdf, qm_pval = r$QMp, r2 = if (is.null(r$R2) || method == "EE") NA else r$R2,
    tau2 = r$tau2, se_tau2 = if (is.null(r$se.tau2)) NA else r$se.tau2, i2 = r$I2, h2 = r$H2,
    qe = r$QE, qe_pval = r$QEp, vcov = unname(c(r$vb)), k = r$k, tau2_lb = ci$tau2_lb, tau2_ub = ci$tau2_ub)
}

subgroup <- function(s, group, method, test) {
  g <- s$factor[[group]]
  keep <- !is.na(g)
  g <- g[keep]
  yi <- s$yi[keep]
  vi <- s$vi[keep]
  levels <- unique(g)
  con <- control_for(s$yi)
  each <- lapply(levels, function(l) {
    i <- g == l
    quiet(rma(yi[i], vi[i], method = method, test = if (sum(i) > 1) test else "z", control = con))
  })
  mu <- sapply(each, function(r) c(r$beta))
  se <- sapply(each, function(r) r$se)
  between <- quiet(rma(mu, sei = se, mods = ~ factor(levels), method = "FE"))
  f <- factor(g, levels = levels)
  common <- quiet(rma(yi, vi, mods = ~ 0 + f, method = method, test = test, control = con))
  contrast <- quiet(rma(yi, vi, mods = ~ f, method = method, test = test, control = con))
  list(groups = levels,
    separate = list(mu = mu, se = se, ci_lb = sapply(each, function(r) r$ci.lb),
      ci_ub = sapply(each, function(r) r$ci.ub), tau2 = sapply(each, function(r) r$tau2),
      q = between$QM, pval = between$QMp),
    common = if (is.null(common)) NULL else list(mu = c(common$beta), se = common$se, ci_lb = common$ci.lb,
      ci_ub = common$ci.ub, pval_each = common$pval, tau2 = common$tau2, q = contrast$QM,
      pval = contrast$QMp))
}

refits <- function(x) {
  out <- list(mu = x$estimate, se = x$se, statistic = if (is.null(x$zval)) x$tval else x$zval,
       pval = x$pval, ci_lb = x$ci.lb, ci_ub = x$ci.ub, qe = x$Q, qe_pval = x$Qp)
  if (!is.null(x$tau2)) out$tau2 <- x$tau2
  if (!is.null(x$I2)) out$i2 <- x$I2
  if (!is.null(x$H2)) out$h2 <- x$H2
  out
}

influences <- function(s, method, test) {
  r <- fit(s, method, test)
  if (is.null(r)) return(NULL)
  x <- quiet(influence(r))
  if (is.null(x)) return(NULL)
  list(rstudent = x$inf$rstudent, dffits = x$inf$dffits, cook_d = x$inf$cook.d, cov_r = x$inf$cov.r,
       tau2_del = x$inf$tau2.del, qe_del = x$inf$QE.del, hat = x$inf$hat, weight = x$inf$weight,
       dfbs = x$dfbs$intrcpt, influential = unname(x$is.infl))
}

egger <- function(s, model, predictor, method) {
  t <- quiet(regtest(s$yi, s$vi, ni = s$ni, model = model, predictor = predictor, method = method))
  if (is.null(t)) return(NULL)
  f <- t$fit
  b <- if (model == "lm") unname(coef(f)) else c(f$beta)
  se <- if (model == "lm") unname(coef(summary(f))[, 2]) else f$se
  list(statistic = unname(t$zval), pval = unname(t$pval), b = b, se = se, limit = unname(t$est),
       limit_lb = unname(t$ci.lb), limit_ub = unname(t$ci.ub))
}

filled <- function(s, method, estimator, side) {
  r <- fit(s, method)
  if (is.null(r)) return(NULL)
  t <- quiet(if (is.null(side)) trimfill(r, estimator = estimator, control = control_for(s$yi))
             else trimfill(r, estimator = estimator, side = side, control = control_for(s$yi)))
  if (is.null(t)) return(NULL)
  list(k0 = t$k0, se_k0 = t$se.k0, side = t$side, pval = t$p.k0, mu = c(t$beta), se = t$se, tau2 = t$tau2,
       yi = as.numeric(t$yi[t$fill]), vi = as.numeric(t$vi[t$fill]))
}

lines_through <- function(s) {
  if (length(s$yi) < 3) return(NULL)
  out <- list()
  for (x in c("sei", "vi")) {
    m <- lm(s$yi ~ if (x == "sei") sqrt(s$vi) else s$vi, weights = 1 / s$vi)
    z <- suppressWarnings(coef(summary(m)))
    if (nrow(z) < 2) return(NULL)
    ci <- suppressWarnings(confint(m))
    out[[x]] <- list(b = unname(z[, 1]), se = unname(z[, 2]), statistic = unname(z[, 3]),
                     pval = unname(z[, 4]), ci_lb = unname(ci[, 1]), ci_ub = unname(ci[, 2]))
  }
  out
}

coordinates <- function(s, method) {
  r <- fit(s, method)
  pdf(NULL)
  on.exit(dev.off())
  b <- quiet(baujat(r))
  g <- quiet(radial(r))
  list(baujat_x = b$x, baujat_y = b$y, radial_x = g$x, radial_y = g$y)
}

subsets <- function(s, method) {
  r <- fit(s, method)
  g <- quiet(gosh(r, progbar = FALSE))
  code <- c(g$incl %*% 2^(seq_len(r$k) - 1))
  o <- order(code)
  list(mu = g$res$estimate[o], tau2 = g$res$tau2[o], qe = g$res$QE[o], i2 = g$res$I2[o], k = g$res$k[o])
}

# ---- the grid ---------------------------------------------------------------------------------

out <- list(about = list(R = R.version.string, metafor = as.character(packageVersion("metafor")),
                         metadat = as.character(packageVersion("metadat"))))
out$sets <- lapply(sets, function(s) s[c("slab", "yi", "vi", "measure", "ni", "numeric", "factor")])
for (n in names(sets)) {
  s <- sets[[n]]
  k <- length(s$yi)
  for (m in methods) {
    for (t in tests) {
      if ((m == "EE" && t != "z") || (k == 1 && t != "z")) next
      out$pool[[n]][[m]][[t]] <- pooled(s, m, t)
    }
    if (m != "EE" && k > 1) out$level_90[[n]][[m]] <- level_90(s, m)
  }
  if (n == "two_maxima") next
  if (k > 1) for (m in c("EE", "DL", "PM", "ML", "REML")) for (t in c("z", "knha")) {
    if (m == "EE" && t != "z") next
    r <- fit(s, m, t)
    if (is.null(r)) next
    x <- quiet(leave1out(r))
    if (!is.null(x)) out$leave_one_out[[n]][[m]][[t]] <- refits(x)
    x <- quiet(cumul(r))
    if (!is.null(x) && m %in% c("EE", "DL", "REML")) out$cumulate[[n]][[m]][[t]] <- refits(x)
    x <- if (m %in% c("EE", "DL", "REML")) influences(s, m, t)
    if (!is.null(x)) out$influence[[n]][[m]][[t]] <- x
  }
  if (k > 1) for (m in c("EE", "DL", "REML")) out$coordinates[[n]][[m]] <- coordinates(s, m)
  if (k > 2) for (p in c("sei", "vi", "ni", "ninv", "sqrtni", "sqrtninv")) {
    out$egger[[n]][["lm"]][[p]] <- egger(s, "lm", p, "REML")
    # regtest() takes no control: methods with a closed form only
    for (m in c("EE", "DL", "HE")) out$egger[[n]][[m]][[p]] <- egger(s, "rma", p, m)
  }
  # of a model fitted by REML, whose tolerances it keeps: what regtest() gives by default
  if (k > 2) out$regtest[[n]] <- quiet(regtest(fit(s, "REML")))$pval
  if (k > 1) {
    b <- quiet(ranktest(s$yi, s$vi))
    out$begg[[n]] <- list(tau = unname(b$tau), pval = b$pval)
  }
  out$lines[[n]] <- lines_through(s)
  if (k > 2) for (m in c("EE", "DL", "REML")) for (e in c("L0", "R0")) {
    for (side in c("auto", "left", "right")) {
      out$trim_and_fill[[n]][[m]][[e]][[side]] <- filled(s, m, e, if (side == "auto") NULL else side)
    }
  }
  if (k > 1 && k <= 8) for (m in c("EE", "DL", "REML")) out$gosh[[n]][[m]] <- subsets(s, m)
}

models <- list(
  c("imni_os", "follow_up"), c("imni_os", "start"), c("imni_os", "retro"), c("imni_os", "design"),
  c("imni_os", "follow_up + start"), c("imni_dfs", "nodes"), c("imni_dfs", "follow_up + nodes"),
  c("bcg", "ablat"), c("bcg", "ablat + year"), c("bcg", "alloc"), c("bcg", "ablat * alloc"),
  c("bcg", "ablat * year"), c("hackshaw", "year"), c("hackshaw", "year + design"),
  c("raudenbush", "weeks"), c("raudenbush", "weeks * tester"), c("bangertdrowns", "length"),
  c("bangertdrowns", "length + grade"), c("molloy", "quality"), c("molloy", "age + design"),
  c("li", "year"))
for (model in models) for (m in methods) for (t in tests) {
  if (m == "EE" && t != "z") next
  out$regress[[model[1]]][[model[2]]][[m]][[t]] <-
    regression(sets[[model[1]]], as.formula(paste("~", model[2])), m, t)
}
groups <- list(c("imni_os", "retro"), c("imni_os", "design"), c("imni_dfs", "nodes"), c("bcg", "alloc"),
  c("hackshaw", "design"), c("raudenbush", "tester"), c("bangertdrowns", "grade"), c("molloy", "design"))
for (g in groups) for (m in methods) for (t in tests) {
  if (m == "EE" && t != "z") next
  out$subgroups[[g[1]]][[g[2]]][[m]][[t]] <- subgroup(sets[[g[1]]], g[2], m, t)
}

# ---- JSON with every digit ------------------------------------------------------------------------

json <- function(x) {
  if (is.null(x)) return("null")
  if (is.list(x)) {
    if (length(x) == 0) return("{}")
    each <- vapply(x, json, "")
    if (is.null(names(x))) return(paste0("[", paste(each, collapse = ",\n"), "]"))
    return(paste0("{", paste0(encodeString(names(x), quote = '"'), ":", each, collapse = ",\n"), "}"))
  }
  text <- if (is.character(x)) encodeString(enc2utf8(x), quote = '"')
          else if (is.logical(x)) ifelse(x, "true", "false")
          else ifelse(is.finite(x), sprintf("%.17g", x), "null")
  text[is.na(x)] <- "null"
  if (length(x) == 1 && is.null(attr(x, "vector"))) text else paste0("[", paste(text, collapse = ","), "]")
}
cat(json(out), "\n", sep = "")
